import { bareBytes } from '../base/bytes.ts'
import { events } from '../base/events.ts'
import type { Envelope, EnvelopeSource, Outcome, Relay } from '../delivery/transport.ts'
import { wireMessage } from '../delivery/wire.ts'
import { identityOf } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'
import { isPolicyRefusal } from '../message/report.ts'
import { groupReturnPath } from '../message/verp.ts'
import { settleDigests } from '../spool/last-digest.ts'
import { removeLock, takeLock, tryLock } from '../spool/lock.ts'
import { openRemaining, type Due, type Remaining } from '../spool/remaining.ts'
import {
  pendingPost,
  readMail,
  touchPending,
  type DigestName,
  type PendingPost,
} from '../spool/requeue.ts'
import { settingsOf } from '../spool/settings.ts'
import { BounceNotes } from './_bounce-notes.ts'
import type { House } from './house.ts'
import { returnPathsOf, type ReturnPaths } from './return-paths.ts'

/** What one attempt came to. `elsewhere`: another run has this post in hand, or nobody waits for it. */
export interface DeliveryReport {
  readonly state: 'finished' | 'deferred' | 'elsewhere'
  readonly sent: number
  readonly refused: number
  readonly left: number
}

const elsewhere: DeliveryReport = { state: 'elsewhere', sent: 0, refused: 0, left: 0 }

/**
 * Delivers a committed post or digest to everybody who still waits for it. Who is answered by 250 or refused
 * for good is settled at once; the others stay in `requeue/N/subscribers` for the next attempt.
 *
 * @throws Fault when the spool fails; what the relay does is in the report.
 */
export async function deliverPost(
  house: House,
  listDir: string,
  number: number | DigestName,
): Promise<DeliveryReport> {
  const lock = await tryLock(listDir, `post-${number}`)
  if (lock === undefined) return elsewhere
  try {
    const post = await pendingPost(listDir, number)
    if (!post) return elsewhere
    if (isDigest(number)) await countDigests(house, listDir)
    await touchPending(listDir, number, house.chance.now())
    const settings = await settingsOf(listDir)
    const remaining = await openRemaining(listDir, number)
    return remaining ? await deliverRemaining(house, listDir, post, remaining, settings) : elsewhere
  } finally {
    await removeLock(lock)
  }
}

function isDigest(number: number | DigestName): number is DigestName {
  return typeof number === 'string'
}

/** Once a digest is delivered it leaves no trace, so it is counted before that. */
async function countDigests({ chance }: House, listDir: string): Promise<void> {
  await using held = await takeLock(listDir, 'digest')
  await settleDigests(listDir, held, chance.now())
}

async function deliverRemaining(
  house: House,
  listDir: string,
  post: PendingPost,
  remaining: Remaining,
  settings: Settings,
): Promise<DeliveryReport> {
  const notes = new BounceNotes(house, listDir, isDigest(post.number) ? 'digest' : post.number)
  const tally = new Tally(listDir, post, remaining, notes, house.chance.now(), settings)
  let trouble: string | undefined
  try {
    const relay = await house.relayOf(settings)
    const message = wireMessage(await readMail(post.path))
    const paths = await returnPathsOf(listDir, settings)
    const plan = await planEnvelopes(house, relay, settings, post.number, paths)
    const source = sourceOf(remaining, plan, tally, notes)
    trouble = (await house.transport.deliver(relay, message, source, house.stop)).trouble
    await notes.flush()
  } catch (thrown) {
    await remaining.finish()
    throw thrown
  }
  const { left } = await remaining.finish()
  const what = String(post.number)
  if (remaining.takenOver) events.deliveryHandedOver(listDir, what)
  if (left > 0) events.deliveryDeferred(listDir, what, left, trouble ?? tally.lastReply)
  else events.deliveryFinished(listDir, what, tally.sent, tally.refused)
  return {
    state: left > 0 ? 'deferred' : 'finished',
    sent: tally.sent,
    refused: tally.refused,
    left,
  }
}

/** How recipients become transactions. */
interface Plan {
  /** The most recipients in one transaction. */
  readonly most: number
  envelope(dues: readonly Due[]): Envelope<readonly Due[]>
}

/**
 * One transaction for each recipient with his own return path; or, when the list has `verp` and the
 * relay takes its parameters in a trial, groups that share one. Digests never go in groups (spec
 * mailflow 6.5, 8.4), nor does anything with a check in each return path.
 */
async function planEnvelopes(
  house: House,
  relay: Relay,
  settings: Settings,
  number: number | DigestName,
  paths: ReturnPaths,
): Promise<Plan> {
  const list = identityOf(settings)
  const { verp, addtohdr, maxverprecips, bouncecheck } = settings
  if (verp !== undefined && !addtohdr && !bouncecheck && !isDigest(number)) {
    const from = groupReturnPath(list, number)
    const parameters = verp === 'postfix' ? 'XVERP=-=' : bareBytes(verp)
    const taken = await house.probe(relay, from, parameters)
    if (taken)
      return {
        most: maxverprecips,
        envelope: (dues) => ({
          from,
          to: dues.map((due) => due.address),
          ...(parameters === '' ? {} : { parameters }),
          note: dues,
        }),
      }
  }
  return {
    most: 1,
    envelope: (dues) => singleEnvelope(paths, settings, number, dues),
  }
}

function singleEnvelope(
  paths: ReturnPaths,
  { addtohdr }: Settings,
  number: number | DigestName,
  dues: readonly Due[],
): Envelope<readonly Due[]> {
  const to = dues.map((due) => due.address)
  const recipient = to[0] ?? ''
  const from = paths(isDigest(number) ? 'digest' : number, recipient)
  return addtohdr || isDigest(number)
    ? { from, to, headerLine: `To: ${recipient}`, note: dues }
    : { from, to, note: dues }
}

function sourceOf(
  remaining: Remaining,
  plan: Plan,
  tally: Tally,
  notes: BounceNotes,
): EnvelopeSource<readonly Due[]> {
  const gather = async (first: Due): Promise<Envelope<readonly Due[]>> => {
    const dues = [first]
    while (dues.length < plan.most) {
      const due = await remaining.next()
      if (due === undefined) break
      dues.push(due)
    }
    return plan.envelope(dues)
  }
  const from = (due: Due | undefined) =>
    due && (plan.most === 1 ? plan.envelope([due]) : gather(due))
  return {
    next: () => {
      if (notes.mustFlush) return notes.flush().then(async () => from(await remaining.next()))
      const due = remaining.next()
      return due instanceof Promise ? due.then(from) : from(due)
    },
    settled: ({ note }, outcomes) =>
      outcomes.forEach((outcome, place) => tally.settle(note[place], outcome)),
  }
}

/** Books the outcome of each recipient where it belongs. */
class Tally {
  sent = 0
  refused = 0
  lastReply = ''
  readonly #listDir: string
  readonly #what: string
  readonly #remaining: Remaining
  readonly #notes: BounceNotes
  readonly #givingUp: boolean

  constructor(
    listDir: string,
    post: PendingPost,
    remaining: Remaining,
    notes: BounceNotes,
    now: number,
    settings: Settings,
  ) {
    this.#listDir = listDir
    this.#what = String(post.number)
    this.#remaining = remaining
    this.#notes = notes
    this.#givingUp = now - post.since > settings.bouncelife * 1_000
  }

  settle(due: Due | undefined, { to, result, stage, reply }: Outcome): void {
    if (due === undefined) return
    if (result === 'sent') {
      this.sent++
      this.#remaining.done(due)
      return
    }
    this.lastReply = reply
    // A recipient who was put off for as long as bounces are tolerated counts as bouncing.
    if (result === 'later' && !this.#givingUp) return
    this.refused++
    events.recipientRefused(this.#listDir, this.#what, to, reply)
    // A relay that does not like our mails (5.7.x) says nothing about the subscriber.
    if (result === 'later' || (stage === 'rcpt' && !isPolicyRefusal(reply))) this.#notes.add(to)
    this.#remaining.done(due)
  }
}
