import { asciiLower } from '../../base/bytes.ts'
import { releaseHeld } from '../release-held.ts'
import { logRequest } from './_log.ts'
import { permit } from './permit.ts'
import type { RequestMail } from './request.ts'

/** A moderator lets a held post through; the cookie is what proves it (spec mailflow 5). */
export async function release(mail: RequestMail): Promise<string | undefined> {
  const { list, sender, argument, outgoing } = mail
  if (argument.startsWith('subscribe'))
    return await permit({ ...mail, argument: argument.slice('subscribe'.length) })
  const released = await releaseHeld(list, asciiLower(argument))
  if (released === undefined) return 'no post waits under this cookie (any more)'
  if (released.recipients > 0) outgoing.push({ kind: 'post', number: released.number })
  await logRequest(mail, `${sender} released ${argument}`)
  return undefined
}
