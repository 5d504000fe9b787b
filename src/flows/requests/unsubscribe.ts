import { sameBytes } from '../../base/bytes.ts'
import { isAddress } from '../../message/address.ts'
import { unsubscribe as unsubscribeFrom } from '../unsubscribe.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/**
 * Leaving, always all ways of reading (spec mailflow 4.2). A stranger is told that he is not
 * subscribed only if the mail came from his own envelope: else anybody could have us write to anybody.
 */
export async function unsubscribe(mail: RequestMail): Promise<string | undefined> {
  const { house, list, sender, envelopeFrom, replies } = mail
  if (!isAddress(sender)) return 'its From: is no address'
  await logRequest(mail, `mlmmj-unsub: ${sender} requests unsubscribe`)
  await unsubscribeFrom(
    list,
    {
      address: sender,
      type: 'all',
      reason: 'request',
      ask: !list.settings.nosubconfirm,
      goodbye: true,
      quiet: false,
      silent: envelopeFrom === undefined || !sameBytes(envelopeFrom, sender),
    },
    replies,
    house.chance,
  )
  return undefined
}
