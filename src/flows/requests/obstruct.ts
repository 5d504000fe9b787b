import { dropHeldSubscription, readHeldSubscription } from '../../spool/pending.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** A gatekeeper drops a subscription; nobody is told. */
export async function obstruct(mail: RequestMail): Promise<string | undefined> {
  const { list, sender, argument } = mail
  if ((await readHeldSubscription(list.dir, argument)) === undefined)
    return 'no subscription waits under this cookie (any more)'
  await dropHeldSubscription(list.dir, argument)
  await logRequest(mail, `${sender} obstructed ${argument}`)
  return undefined
}
