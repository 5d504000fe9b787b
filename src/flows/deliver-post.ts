import { events } from '../base/events.ts'
import type { Outcome } from '../delivery/transport.ts'
import { wireMessageOf } from '../delivery/wire.ts'
import type { Settings } from '../list/tunables.ts'
import { isPolicyRefusal } from '../message/report.ts'
import { settleDigests } from '../spool/last-digest.ts'
import { removeLock, takeLock, tryLock } from '../spool/lock.ts'
import { openRemaining, type Due, type Remaining } from '../spool/remaining.ts'
import {
  mailPieces,
  pendingPost,
  touchPending,
  type DigestName,
  type PendingPost,
} from '../spool/requeue.ts'
import { settingsOf } from '../spool/settings.ts'
import { BounceNotes } from './_bounce-notes.ts'
import { planEnvelopes, PlannedSource } from './_envelope-plan.ts'
import type { House } from './house.ts'
import { returnPathsOf } from './return-paths.ts'

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
    const first = await attempt(house, listDir, post, settings, true)
    if (first === undefined) return elsewhere
    const again = first.refusedGroups && (await attempt(house, listDir, post, settings, false))
    return report(listDir, post, again ? [first, again] : [first])
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

/** One run through all who wait. */
interface Attempt {
  readonly sent: number
  readonly refused: number
  readonly left: number
  readonly takenOver: boolean
  readonly trouble: string
  /** The relay offers XVERP and then does not take it. */
  readonly refusedGroups: boolean
}

/** Undefined when nobody waits. */
async function attempt(
  house: House,
  listDir: string,
  post: PendingPost,
  settings: Settings,
  mayGroup: boolean,
): Promise<Attempt | undefined> {
  const remaining = await openRemaining(listDir, post.number)
  if (remaining === undefined) return undefined
  const notes = new BounceNotes(house, listDir, isDigest(post.number) ? 'digest' : post.number)
  const tally = new Tally(listDir, post, remaining, notes, house.chance.now(), settings)
  let trouble: string | undefined
  try {
    const relay = await house.relayOf(settings)
    const message = await wireMessageOf(mailPieces(post.path))
    const paths = await returnPathsOf(listDir, settings)
    const plan = await planEnvelopes(house, relay, settings, post.number, paths, mayGroup)
    const source = new PlannedSource(remaining, plan, notes, ({ note }, outcomes) =>
      outcomes.forEach((outcome, place) => tally.settle(note[place], outcome, note.length > 1)),
    )
    trouble = (await house.transport.deliver(relay, message, source, house.stop)).trouble
    await notes.flush()
  } catch (thrown) {
    await remaining.finish()
    throw thrown
  }
  const { left } = await remaining.finish()
  const { sent, refused, refusedGroups, lastReply } = tally
  const { takenOver } = remaining
  return { sent, refused, left, takenOver, refusedGroups, trouble: trouble ?? lastReply }
}

function report(
  listDir: string,
  { number }: PendingPost,
  attempts: readonly [Attempt, ...Attempt[]],
): DeliveryReport {
  const what = String(number)
  const { left, takenOver, trouble } = attempts.at(-1) ?? attempts[0]
  const sent = attempts.reduce((sum, one) => sum + one.sent, 0)
  const refused = attempts.reduce((sum, one) => sum + one.refused, 0)
  if (takenOver) events.deliveryHandedOver(listDir, what)
  if (left > 0) events.deliveryDeferred(listDir, what, left, trouble)
  else events.deliveryFinished(listDir, what, sent, refused)
  return { state: left > 0 ? 'deferred' : 'finished', sent, refused, left }
}

/** Books the outcome of each recipient where it belongs. */
class Tally {
  sent = 0
  refused = 0
  lastReply = ''
  refusedGroups = false
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

  settle(due: Due | undefined, { to, result, stage, reply }: Outcome, inGroup: boolean): void {
    if (due === undefined) return
    if (result === 'sent') {
      this.sent++
      this.#remaining.done(due)
      return
    }
    this.lastReply = reply
    if (inGroup && stage === 'mail' && reply.startsWith('5')) {
      this.refusedGroups = true
      return
    }
    // A recipient who was put off for as long as bounces are tolerated counts as bouncing.
    if (result === 'later' && !this.#givingUp) return
    this.refused++
    events.recipientRefused(this.#listDir, this.#what, to, reply)
    // A relay that does not like our mails (5.7.x) says nothing about the subscriber.
    if (result === 'later' || (stage === 'rcpt' && !isPolicyRefusal(reply))) this.#notes.add(to)
    this.#remaining.done(due)
  }
}
