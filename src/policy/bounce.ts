import { asciiLower, sameBytes } from '../base/bytes.ts'
import type { Settings } from '../list/tunables.ts'
import type { Head } from '../message/head.ts'
import { addressesOf, valueOf } from '../message/mail-facts.ts'
import type { Report } from '../message/report.ts'
import { isAutoReply as isReply } from './answerable.ts'

/** Seconds that a probe may take to come back; silence for so long means that all is well. */
const probeWait = 43_200

/** What bounce/ knows of an address; times are seconds since 1970. */
export interface BouncerFacts {
  /** The first bounce on record; undefined when there is none, or it cannot be read. */
  readonly since: number | undefined
  /** When a probe was sent that has not come back. */
  readonly probedAt: number | undefined
}

/**
 * What to do about an address that bounces (spec mailflow 7.4): nothing while a probe is out, forgive
 * it when the probe did not come back, remove it when it bounced for `bouncelife` and half a day
 * more, else ask it with a (new) probe.
 *
 * @param now seconds since 1970
 */
export function judgeBouncer(
  { since, probedAt }: BouncerFacts,
  now: number,
  { bouncelife }: Settings,
): 'wait' | 'probe' | 'remove' | 'forgive' {
  // A marker from the future was written by a wrong clock, and would never expire.
  if (probedAt !== undefined) return Math.abs(now - probedAt) > probeWait ? 'forgive' : 'wait'
  return since !== undefined && now - since >= bouncelife + probeWait ? 'remove' : 'probe'
}

/**
 * What a mail to a bounce address is. `bounce`: somebody could not be reached. `policy`: refused for
 * what was sent, which is not the recipient's fault. `notice`: nothing has failed. `auto-reply`: a
 * vacation notice and the like. `letter`: it has a sender, and is no report that programs write.
 */
export type Returned = 'bounce' | 'policy' | 'notice' | 'auto-reply' | 'letter'

/**
 * Tells a bounce from whatever else may be sent to a bounce address, which anybody can write (spec
 * mailflow 7.1, what is marked Do).
 *
 * @param envelopeFrom empty for the null reverse-path, and when nobody knows it
 * @param about who could not be reached, by the address it came to. He does not write such a mail
 *   himself: without a report, that is a vacation notice which does not say so.
 */
export function judgeReturned(
  head: Head,
  envelopeFrom: string,
  report: Report | undefined,
  about?: string,
): Returned {
  const byMachine = envelopeFrom === '' || isFromDaemon(head)
  if (report === undefined) {
    if (isFromDaemon(head)) return envelopeFrom === '' ? 'bounce' : 'letter'
    const own = addressesOf(head, 'from').some((from) => sameBytes(from, about ?? ''))
    if (isAutoReply(head) || (own && envelopeFrom === '')) return 'auto-reply'
    return envelopeFrom === '' ? 'bounce' : 'letter'
  }
  if (report.recipients.length === 0) return 'notice'
  // Words can be quoted in a letter; a part that is marked as a report is one.
  if (report.kind !== 'dsn' && !byMachine) return 'letter'
  return report.recipients.every(({ policy }) => policy) ? 'policy' : 'bounce'
}

function isFromDaemon(head: Head): boolean {
  return addressesOf(head, 'from').some((from) => /^(mailer-?daemon|postmaster)(@|$)/i.test(from))
}

/** RFC 3834 5, and what came before it. */
function isAutoReply(head: Head): boolean {
  const automatic = asciiLower(valueOf(head, 'auto-submitted') ?? '')
  return automatic.startsWith('auto') || isReply(head)
}
