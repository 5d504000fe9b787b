import { asciiLower } from '../../base/bytes.ts'
import { rejectHeld } from '../../spool/held.ts'
import { logRequest } from './_log.ts'
import { obstruct } from './obstruct.ts'
import type { RequestMail } from './request.ts'

/** A moderator drops a held post; nobody is told. */
export async function reject(mail: RequestMail): Promise<string | undefined> {
  const { list, sender, argument } = mail
  if (argument.startsWith('subscribe'))
    return await obstruct({ ...mail, argument: argument.slice('subscribe'.length) })
  if (!(await rejectHeld(list.dir, asciiLower(argument))))
    return 'no post waits under this cookie (any more)'
  await logRequest(mail, `${sender} rejected ${argument}`)
  return undefined
}
