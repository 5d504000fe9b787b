import { rosterOf, type SubscriberKind } from '../../spool/roster.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** Tells an owner who is subscribed. Whether the sender is one was asked before. */
export async function list(mail: RequestMail): Promise<string | undefined> {
  const { sender, replies } = mail
  const members = async (kind: SubscriberKind) => {
    const found: string[] = []
    for await (const batch of rosterOf(mail.list.dir).lines(kind))
      for (const line of batch) found.push(line)
    return found
  }
  const [normal, digest, nomail] = [
    await members('normal'),
    await members('digest'),
    await members('nomail'),
  ]
  await logRequest(mail, `${sender} requested sub list`)
  await replies.send(mail.list, {
    purpose: 'list',
    type: 'all',
    from: 'owner',
    to: sender,
    mailFrom: 'bounces-help',
    recipients: [sender],
    values: {},
    lists: { listsubs: normal, normalsubs: normal, digestsubs: digest, nomailsubs: nomail },
  })
  return undefined
}
