import { readPending } from '../../spool/pending.ts'
import { confirmUnsubscription } from '../unsubscribe.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** The answer to our question whether somebody really wants to leave. */
export async function confunsub(mail: RequestMail): Promise<string | undefined> {
  const { house, list, reading, argument, replies } = mail
  const address = await readPending(list.dir, 'unsubconf', argument)
  if (address === undefined) return 'nobody was asked with this cookie, or it was used'
  const type = reading === 'digest' || reading === 'nomail' ? reading : 'all'
  await confirmUnsubscription(list, argument, type, replies, house.chance)
  const kind = type === 'all' ? 'regular list' : type
  await logRequest(mail, `mlmmj-unsub: ${address} confirmed unsubscribe from ${kind}`)
  return undefined
}
