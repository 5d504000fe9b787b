import { pendingPosts } from '../spool/requeue.ts'
import { waitingReplies } from '../spool/replies.ts'
import { deliverOutgoing } from './deliver-outgoing.ts'
import type { House } from './house.ts'
import type { Outgoing } from './outgoing.ts'

/**
 * The mails of our own that wait in queue/.
 *
 * @param restMs leaves out what was tried less than this many milliseconds ago.
 */
export async function pendingRepliesOf(
  { chance }: House,
  listDir: string,
  restMs = 0,
): Promise<readonly Outgoing[]> {
  const ids = await waitingReplies(listDir, chance.now() - restMs)
  return ids.map((id) => ({ kind: 'reply', id }))
}

/** The posts that somebody waits for; `restMs` as above. */
export async function pendingPostsOf(
  { chance }: House,
  listDir: string,
  restMs = 0,
): Promise<readonly Outgoing[]> {
  const since = chance.now() - restMs
  const posts = await pendingPosts(listDir)
  return posts
    .filter(({ triedAt }) => triedAt <= since)
    .map(({ number }) => ({ kind: 'post', number }))
}

/**
 * Tries again what waits in queue/ and requeue/ of a list; `restMs` as above.
 *
 * @returns how many still wait.
 */
export async function deliverPending(house: House, listDir: string, restMs = 0): Promise<number> {
  const replies = await pendingRepliesOf(house, listDir, restMs)
  const posts = await pendingPostsOf(house, listDir, restMs)
  return await deliverOutgoing(house, listDir, [...replies, ...posts])
}
