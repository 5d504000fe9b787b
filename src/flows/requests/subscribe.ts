import { isAddress } from '../../message/address.ts'
import { subscribe as subscribeTo } from '../subscribe.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** Joining: asks the sender to confirm, unless the list does without (spec mailflow 4.1). */
export async function subscribe(mail: RequestMail): Promise<string | undefined> {
  const { house, list, sender, reading, replies } = mail
  if (!isAddress(sender)) return 'its From: is no address'
  const done = await subscribeTo(
    list,
    {
      address: sender,
      type: reading,
      reason: 'request',
      ask: !list.settings.nosubconfirm,
      force: false,
      welcome: true,
      quiet: false,
      silent: false,
    },
    replies,
    house.chance,
  )
  const kind = reading === 'normal' ? 'regular' : reading
  if (done !== 'disabled')
    await logRequest(mail, `mlmmj-sub: request for ${kind} subscription from ${sender}`)
  return undefined
}
