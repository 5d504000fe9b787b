import { events } from '../base/events.ts'
import { isFault, type Fault } from '../base/fault.ts'
import { extensions, readExtension } from '../list/extensions.ts'
import { isAddress } from '../message/address.ts'
import type { Arrival } from '../message/arrival.ts'
import type { Head } from '../message/head.ts'
import { addressesOf } from '../message/mail-facts.ts'
import { sourceOf } from '../message/mail-source.ts'
import { whyNoPerson } from '../policy/answerable.ts'
import { whyNotServed } from '../policy/request.ts'
import { dropIncoming } from '../spool/incoming.ts'
import type { MailId } from '../spool/mail-id.ts'
import { discard, type OriginalMail } from '../spool/prepared.ts'
import { rosterOf } from '../spool/roster.ts'
import { whyTooMany } from './answer-limits.ts'
import type { House } from './house.ts'
import type { Outgoing } from './outgoing.ts'
import type { Processed } from './process-mail.ts'
import { queueMail } from './queue-mail.ts'
import type { OpenList } from './reply-request.ts'
import { requests } from './requests/index.ts'
import type { RequestMail } from './requests/request.ts'

interface Came {
  readonly id: MailId
  readonly head: Head
  readonly original: OriginalMail
  readonly arrival: Arrival
}

/**
 * Serves a mail to an address below the list. What is not served, is not allowed or came from a
 * robot is not answered; it lies in queue/discarded for a week, and an event says why (spec mailflow
 * 3.1, the *Do* of "Ignored").
 */
export async function serveRequest(
  house: House,
  list: OpenList,
  text: string,
  { id, head, original, arrival }: Came,
): Promise<Processed> {
  const outgoing: Outgoing[] = []
  const why = await serve(house, list, text, { id, head, original, arrival }, outgoing)
  if (why !== undefined) {
    events.requestIgnored(list.dir, id, text.slice(0, 60), why)
    await discard(list.dir, id, 'original')
  }
  await dropIncoming(list.dir, id)
  return { state: 'done', outgoing }
}

/** The reason why nothing was done; undefined when it was. */
async function serve(
  house: House,
  list: OpenList,
  text: string,
  { id, head, original, arrival }: Came,
  outgoing: Outgoing[],
): Promise<string | undefined> {
  const extension = readExtension(text)
  if ('why' in extension) return `+${text.slice(0, 60)} ${extension.why}`
  const { name, reading, argument } = extension
  const sender = senderOf(head, list)
  const envelopeFrom = arrival.sender ?? addressesOf(head, 'return-path')[0]
  if (name !== 'bounces' && sender === undefined) return 'there is not exactly one sender in From:'
  if (extensions[name].person) {
    // Who brought it may not know the envelope; a mail from nobody says so.
    const why = whyNoPerson(head, envelopeFrom ?? 'unknown', sender ?? '', list.identity)
    if (why !== undefined) return why
  }
  const { causes } = extensions[name]
  const isSubscriber = name === 'get' && (await rosterOf(list.dir).has(sender ?? ''))
  const refusal = whyNotServed(name, list.settings, { sender: sender ?? '', isSubscriber })
  if (refusal !== undefined) return refusal
  if (causes !== 'nothing' && isAddress(sender ?? '')) {
    const source = sourceOf(head, envelopeFrom ?? '')
    const answer = { to: sender ?? '', source, isQuestion: causes === 'a question' }
    const tooMany = await whyTooMany(house, list, answer, id)
    if (tooMany !== undefined) return tooMany
  }
  const mail: RequestMail = {
    house,
    list,
    id,
    head,
    original,
    sender: sender ?? '',
    envelopeFrom,
    reading,
    argument,
    outgoing,
    replies: {
      send: async (open, request) => {
        // The same mail served again after a crash makes the same replies (house.chance would not).
        const ids = await queueMail(house, open, request, `${id}\n${outgoing.length}`)
        outgoing.push(...ids.map((reply) => ({ kind: 'reply', id: reply }) as const))
      },
    },
  }
  try {
    return await requests[name](mail)
  } catch (thrown) {
    // The mail asks for something that cannot be: trying again would not help.
    if (isFault(thrown) && refusals.has(thrown.code)) return thrown.message
    throw thrown
  }
}

const refusals: ReadonlySet<Fault['code']> = new Set(['badAddress', 'badMail', 'noSuchFile'])

function senderOf(head: Head, { settings }: OpenList): string | undefined {
  const claimed = settings.trustoriginalfrom ? addressesOf(head, 'x-original-from')[0] : undefined
  if (claimed !== undefined) return claimed
  const from = addressesOf(head, 'from')
  return from.length === 1 && from[0] !== '' ? from[0] : undefined
}
