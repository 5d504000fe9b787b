import { bareBytes } from '../base/bytes.ts'
import type { Envelope, EnvelopeSource, Relay, RelayOffers } from '../delivery/transport.ts'
import { identityOf } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'
import { groupReturnPath, mayShareReturnPath } from '../message/verp.ts'
import type { Due, Remaining } from '../spool/remaining.ts'
import type { DigestName } from '../spool/requeue.ts'
import type { BounceNotes } from './_bounce-notes.ts'
import type { House } from './house.ts'
import type { ReturnPaths } from './return-paths.ts'

/** Recipients in one transaction of a list that has `verp` and no `maxverprecips` (spec mailflow 6.5). */
const usualGroup = 100
/** What every relay takes at once unless it says more: Postfix, for one, takes no more than this. */
const largestGroup = 1_000
const xverp = 'XVERP=-='

/** How recipients become transactions. */
export interface EnvelopePlan {
  /** The most recipients that share a transaction with this relay. */
  most(offers: RelayOffers): number
  mayShare(due: Due): boolean
  shared(dues: readonly Due[]): Envelope<readonly Due[]>
  single(due: Due): Envelope<readonly Due[]>
}

/**
 * One transaction for each recipient with his own return path; where the relay offers XVERP, groups
 * for which it makes the very same return paths; or, when the list has `verp` and the relay takes
 * its parameters in a trial, groups as the list wants them. Digests and lists with `addtohdr` never
 * go in groups, since no two copies are alike (spec mailflow 6.5, 8.4), nor does anything with a check
 * in each return path.
 *
 * @param mayGroup false sends to each by himself, whatever else is wished.
 */
export async function planEnvelopes(
  house: House,
  relay: Relay,
  settings: Settings,
  number: number | DigestName,
  paths: ReturnPaths,
  mayGroup: boolean,
): Promise<EnvelopePlan> {
  const list = identityOf(settings)
  const { verp, addtohdr, maxverprecips, bouncecheck } = settings
  const staticAddress = settings.staticbounceaddr && bareBytes(settings.staticbounceaddr)
  const isDigest = typeof number === 'string'
  const which = isDigest ? 'digest' : number
  const alike = !isDigest && !addtohdr && !bouncecheck
  const group = (from: string, parameters: string) => ({
    shared: (dues: readonly Due[]) => ({
      from,
      to: dues.map((due) => due.address),
      ...(parameters === '' ? {} : { parameters }),
      note: dues,
    }),
  })
  const single = (due: Due) => {
    const envelope = {
      from: paths(which, due.address),
      to: [due.address],
      note: [due],
    }
    return addtohdr || isDigest ? { ...envelope, headerLine: `To: ${due.address}` } : envelope
  }
  if (verp !== undefined && alike && mayGroup) {
    const from = groupReturnPath(list, which)
    const parameters = verp === 'postfix' ? xverp : bareBytes(verp)
    if (await house.probe(relay, from, parameters)) {
      const most = () => maxverprecips ?? usualGroup
      // A group of one is a group too: whoever sets `verp` wants the path of groups for everybody.
      const shared = group(from, parameters).shared
      return { most, mayShare: () => true, shared, single: (due) => shared([due]) }
    }
  }
  return {
    most: (offers) =>
      alike && mayGroup && offers.xverp
        ? Math.min(maxverprecips ?? largestGroup, offers.rcptMax)
        : 1,
    mayShare: ({ address }) => mayShareReturnPath(address),
    ...group(groupReturnPath(list, which, staticAddress), xverp),
    single,
  }
}

/** The envelopes for everybody who still waits, as planned. */
export class PlannedSource implements EnvelopeSource<readonly Due[]> {
  readonly settled: EnvelopeSource<readonly Due[]>['settled']
  readonly #remaining: Remaining
  readonly #plan: EnvelopePlan
  readonly #notes: BounceNotes
  readonly #aside: Due[] = []

  constructor(
    remaining: Remaining,
    plan: EnvelopePlan,
    notes: BounceNotes,
    settled: EnvelopeSource<readonly Due[]>['settled'],
  ) {
    this.#remaining = remaining
    this.#plan = plan
    this.#notes = notes
    this.settled = settled
  }

  next(
    offers: RelayOffers,
  ): Envelope<readonly Due[]> | undefined | Promise<Envelope<readonly Due[]> | undefined> {
    if (this.#notes.mustFlush) return this.#notes.flush().then(() => this.next(offers))
    const due = this.#aside.pop() ?? this.#remaining.next()
    if (due instanceof Promise) return due.then((first) => this.#from(first, offers))
    return this.#from(due, offers)
  }

  #from(due: Due | undefined, offers: RelayOffers) {
    if (due === undefined) return undefined
    const most = this.#plan.most(offers)
    return most > 1 && this.#plan.mayShare(due) ? this.#gather(due, most) : this.#plan.single(due)
  }

  async #gather(first: Due, most: number): Promise<Envelope<readonly Due[]>> {
    const dues = [first]
    while (dues.length < most) {
      const next = this.#remaining.next()
      const due = next instanceof Promise ? await next : next
      if (due === undefined) break
      if (this.#plan.mayShare(due)) dues.push(due)
      else this.#aside.push(due)
    }
    return dues.length === 1 ? this.#plan.single(first) : this.#plan.shared(dues)
  }
}
