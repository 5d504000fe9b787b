import { events } from '../base/events.ts'
import type { EnvelopeSource, Outcome } from '../delivery/transport.ts'
import { wireMessage } from '../delivery/wire.ts'
import { identityOf } from '../list/identity.ts'
import { isAddress } from '../message/address.ts'
import { removeLock, tryLock } from '../spool/lock.ts'
import type { MailId } from '../spool/mail-id.ts'
import {
  dropReply,
  readReply,
  settleReply,
  touchReply,
  type QueuedReply,
} from '../spool/replies.ts'
import { settingsOf } from '../spool/settings.ts'
import type { House } from './house.ts'
import { noteRefusedReply } from './note-bounce.ts'

/**
 * Sends one mail of ours that lies in queue/, and takes it out once the relay has it. A mail that is
 * refused for good, or that could not be sent for as long as `bouncelife`, is dropped with an event;
 * any other stays for the next attempt (spec mailflow 9.1).
 */
export async function deliverReply(
  house: House,
  listDir: string,
  id: MailId,
): Promise<'sent' | 'later' | 'never' | 'elsewhere'> {
  const lock = await tryLock(listDir, `reply-${id}`)
  if (lock === undefined) return 'elsewhere'
  try {
    const queued = await readReply(listDir, id)
    if (queued === undefined) return 'elsewhere'
    await touchReply(listDir, id, house.chance.now())
    const settings = await settingsOf(listDir)
    const { result, reply } = await offer(house, await house.relayOf(settings), queued, () =>
      settleReply(listDir, id),
    )
    const old = house.chance.now() - queued.since > settings.bouncelife * 1_000
    if (result === 'sent') {
      events.replySent(listDir, id, queued.to)
    } else if (result === 'never' || old) {
      events.recipientRefused(listDir, `reply ${id.slice(0, 8)}`, queued.to, reply)
    } else {
      events.deliveryDeferred(listDir, `reply ${id.slice(0, 8)}`, 1, reply)
      return 'later'
    }
    await dropReply(listDir, id)
    if (result !== 'sent')
      await noteRefusedReply(house, listDir, identityOf(settings), queued.from, reply)
    return result === 'sent' ? 'sent' : 'never'
  } finally {
    await removeLock(lock)
  }
}

async function offer(
  { transport, stop }: House,
  relay: Parameters<House['transport']['deliver']>[0],
  { from, to, replyTo, mail }: QueuedReply,
  onSent: () => void,
): Promise<Pick<Outcome, 'result' | 'reply'>> {
  if (!isAddress(to)) return { result: 'never', reply: 'the recipient is no mail address' }
  const bytes =
    replyTo === undefined
      ? mail
      : Buffer.concat([Buffer.from(`Reply-To: ${replyTo}\n`, 'latin1'), mail])
  let given = false
  let answer: Pick<Outcome, 'result' | 'reply'> | undefined
  const source: EnvelopeSource<undefined> = {
    next: () => {
      if (given) return undefined
      given = true
      return { from, to: [to], note: undefined }
    },
    settled: (_, outcomes) => {
      answer = outcomes[0]
      if (answer?.result === 'sent') onSent()
    },
  }
  const { trouble } = await transport.deliver(relay, wireMessage(bytes), source, stop)
  return answer ?? { result: 'later', reply: trouble ?? 'the relay gave no answer' }
}
