import { dropReleased, latchHeld } from '../spool/held.ts'
import { removeLock, tryLock } from '../spool/lock.ts'
import { commitPost, type CommittedPost } from '../spool/post-commit.ts'
import { recipientsOf } from './_recipients.ts'
import type { OpenList } from './reply-request.ts'

/**
 * Makes a held post the list's next one. Nothing is checked again; it was judged when it came.
 *
 * @returns undefined when none waits under the cookie, or somebody is releasing it at this moment.
 */
export async function releaseHeld(
  { dir, settings }: OpenList,
  cookie: string,
): Promise<CommittedPost | undefined> {
  const lock = /^[0-9a-f]{16}$/.test(cookie) ? await tryLock(dir, `held-${cookie}`) : undefined
  if (lock === undefined) return undefined
  try {
    const post = await latchHeld(dir, cookie)
    if (post === undefined) return undefined
    const released = post.committed
      ? { number: 0, recipients: 0 }
      : await commitPost(dir, post.path, !settings.noarchive, () => recipientsOf(dir, post.omit))
    await dropReleased(dir, cookie)
    return released
  } finally {
    await removeLock(lock)
  }
}
