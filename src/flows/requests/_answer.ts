import { isAddress } from '../../message/address.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** Sends the sender a list text that needs no more than its name. */
export async function answerWithText(
  mail: RequestMail,
  purpose: 'help' | 'faq',
): Promise<string | undefined> {
  const { list, sender, replies } = mail
  if (!isAddress(sender)) return 'its From: is no address'
  await logRequest(mail, `${sender} requested ${purpose}`)
  await replies.send(list, {
    purpose,
    from: 'owner',
    to: sender,
    mailFrom: 'bounces-help',
    recipients: [sender],
    values: {},
    lists: {},
  })
  return undefined
}
