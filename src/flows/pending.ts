import { refuseToRoot } from '../spool/become-owner.ts'
import { pendingPosts } from '../spool/requeue.ts'
import { waitingReplies } from '../spool/replies.ts'
import type { Chance } from '../base/chance.ts'
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
  const ids = await waitingReplies(listDir, (triedAt) => hasRested(chance, triedAt, restMs))
  return ids.map((id) => ({ kind: 'reply', id }))
}

/** The posts that somebody waits for; `restMs` as above. */
export async function pendingPostsOf(
  { chance }: House,
  listDir: string,
  restMs = 0,
): Promise<readonly Outgoing[]> {
  const posts = await pendingPosts(listDir)
  return posts
    .filter(({ triedAt }) => hasRested(chance, triedAt, restMs))
    .map(({ number }) => ({ kind: 'post', number }))
}

/** What was tried by a clock that was put back since then has no time that could be waited for. */
function hasRested(chance: Chance, triedAt: number, restMs: number): boolean {
  const rested = chance.now() - triedAt
  return rested < 0 || rested >= restMs
}

/**
 * Tries again what waits in queue/ and requeue/ of a list; `restMs` as above.
 *
 * @returns how many still wait.
 */
export async function deliverPending(house: House, listDir: string, restMs = 0): Promise<number> {
  refuseToRoot(listDir)
  const replies = await pendingRepliesOf(house, listDir, restMs)
  const posts = await pendingPostsOf(house, listDir, restMs)
  return await deliverOutgoing(house, listDir, [...replies, ...posts])
}
