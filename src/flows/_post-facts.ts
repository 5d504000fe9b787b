import type { Arrival } from '../message/arrival.ts'
import type { Identity } from '../list/identity.ts'
import { cameBack } from '../list/loop-mark.ts'
import type { Settings } from '../list/tunables.ts'
import type { Head } from '../message/head.ts'
import { addressesOf } from '../message/mail-facts.ts'
import { isAutoReply } from '../policy/answerable.ts'
import type { PostFacts } from '../policy/facts.ts'
import { rosterOf } from '../spool/roster.ts'
import type { Recipient } from '../policy/recipient.ts'

interface Known {
  readonly arrival: Arrival
  readonly settings: Settings
  readonly list: Identity
  /** Bytes of the prepared copy. */
  readonly size: number
  readonly recipient: Recipient
}

/** Everything a verdict on a post needs (spec mailflow 2.3). */
export async function gatherFacts(
  listDir: string,
  head: Head,
  { arrival, settings, list, size, recipient }: Known,
): Promise<PostFacts> {
  const from = addressesOf(head, 'from')
  const poster = from.length === 1 && from[0] !== '' ? from[0] : undefined
  const claimed = settings.trustoriginalfrom ? addressesOf(head, 'x-original-from')[0] : undefined
  const claimedPoster = claimed ?? poster ?? ''
  return {
    size,
    envelopeFrom: arrival.sender ?? addressesOf(head, 'return-path')[0] ?? '',
    poster,
    claimedPoster,
    cameBack: cameBack(head, list, settings),
    isAutoReply: isAutoReply(head),
    namesTheList: recipient.namesTheList,
    posterIsSubscriber: claimedPoster !== '' && (await rosterOf(listDir).has(claimedPoster)),
    headerLines: head.fields.map((field) => field.joined),
  }
}
