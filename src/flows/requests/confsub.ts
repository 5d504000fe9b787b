import { readPending } from '../../spool/pending.ts'
import { confirmSubscription } from '../subscribe.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** The answer to our question; whoever knows the cookie speaks for the address in it. */
export async function confsub(mail: RequestMail): Promise<string | undefined> {
  const { house, list, reading, argument, replies } = mail
  const address = await readPending(list.dir, 'subconf', argument)
  if (address === undefined) return 'nobody was asked with this cookie, or it was used'
  const done = await confirmSubscription(list, argument, reading, replies, house.chance)
  if (done === 'disabled') return undefined
  const kind = reading === 'normal' ? 'regular list' : reading
  await logRequest(mail, `mlmmj-sub: ${address} confirmed subscription to ${kind}`)
  return undefined
}
