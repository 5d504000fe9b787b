import { waitingIncoming } from '../spool/incoming.ts'
import { listsBelow } from '../spool/lists.ts'
import { pendingPosts } from '../spool/requeue.ts'
import { waitingReplies } from '../spool/replies.ts'
import { journalIsLeft } from '../spool/recover-journal.ts'
import { folderIdentity, placesOf } from '../spool/waiting.ts'
import type { House } from './house.ts'

export { journalIsLeft } from '../spool/recover-journal.ts'
export { folderIdentity, placesOf } from '../spool/waiting.ts'
export { controlStamp } from '../spool/control-files.ts'

/** The directories of all lists of a spool, as they are now. @throws Fault spoolTrouble */
export async function listDirsOf(spoolDir: string): Promise<readonly string[]> {
  return await listsBelow(spoolDir)
}

/**
 * What waits in a list: mails to be processed (a journal that was left behind counts as one), and deliveries to be tried again. Nothing is locked,
 * so some of it may be in somebody's hands.
 */
export async function waitingIn(
  { chance }: Pick<House, 'chance'>,
  listDir: string,
): Promise<{ readonly mails: number; readonly deliveries: number }> {
  // It may have been removed a moment ago.
  if ((await folderIdentity(placesOf(listDir).incoming)) === undefined)
    return { mails: 0, deliveries: 0 }
  const mails = await waitingIncoming(listDir, chance.now())
  const replies = await waitingReplies(listDir)
  const posts = await pendingPosts(listDir)
  const left = (await journalIsLeft(listDir)) ? 1 : 0
  return { mails: mails.length + left, deliveries: replies.length + posts.length }
}
