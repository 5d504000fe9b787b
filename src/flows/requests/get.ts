import { idFrom } from '../../base/hashes.ts'
import { isAddress } from '../../message/address.ts'
import { readPost } from '../../spool/post.ts'
import { mailIdOf } from '../../spool/mail-id.ts'
import { queueReply } from '../../spool/replies.ts'
import { returnPathsOf } from '../return-paths.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** Sends an archived post again, unchanged, to whoever asks (spec mailflow 3.2). */
export async function get(mail: RequestMail): Promise<string | undefined> {
  const { list, id, sender, argument, outgoing } = mail
  if (!isAddress(sender)) return 'its From: is no address'
  if (!/^[0-9]{1,15}$/.test(argument)) return 'the number of the post is no number'
  const number = Number(argument)
  const post = await readPost(list.dir, number)
  if (post === undefined) return 'there is no such post'
  const copy = mailIdOf(idFrom([id, 'get', argument].join('\n')))
  const from = (await returnPathsOf(list.dir, list.settings))(number, sender)
  await queueReply(list.dir, { id: copy, from, to: sender, mail: post })
  outgoing.push({ kind: 'reply', id: copy })
  await logRequest(mail, `${sender} got archive/${number}`)
  return undefined
}
