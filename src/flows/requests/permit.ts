import { readHeldSubscription } from '../../spool/pending.ts'
import { permitSubscription } from '../subscribe.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** A gatekeeper lets a subscription through; the cookie is what proves it (spec mailflow 4.3). */
export async function permit(mail: RequestMail): Promise<string | undefined> {
  const { house, list, sender, argument, replies } = mail
  if ((await readHeldSubscription(list.dir, argument)) === undefined)
    return 'no subscription waits under this cookie (any more)'
  const manners = { welcome: true, quiet: false, silent: false }
  await permitSubscription(list, argument, manners, replies, house.chance)
  await logRequest(mail, `${sender} permitted ${argument}`)
  return undefined
}
