import { asFault } from '../base/fault.ts'
import { events } from '../base/events.ts'
import { deliverPost } from './deliver-post.ts'
import { deliverReply } from './deliver-reply.ts'
import type { House } from './house.ts'
import type { Outgoing } from './outgoing.ts'

/**
 * Delivers what a processed mail left behind, replies first because they are few. What cannot be
 * delivered now stays where it waits; a fault in one does not keep the others.
 *
 * @returns how many of them still wait.
 */
export async function deliverOutgoing(
  house: House,
  listDir: string,
  outgoing: readonly Outgoing[],
): Promise<number> {
  let left = 0
  const replies = outgoing.filter(({ kind }) => kind === 'reply')
  const others = outgoing.filter(({ kind }) => kind !== 'reply')
  for (const item of [...replies, ...others]) if (!(await deliverOne(house, listDir, item))) left++
  return left
}

async function deliverOne(house: House, listDir: string, item: Outgoing): Promise<boolean> {
  try {
    switch (item.kind) {
      case 'post':
        return (await deliverPost(house, listDir, item.number)).state !== 'deferred'
      case 'reply':
        return (await deliverReply(house, listDir, item.id)) !== 'later'
    }
  } catch (thrown) {
    // It is on disk: the next run finds it.
    const what = item.kind === 'post' ? String(item.number) : `reply ${item.id.slice(0, 8)}`
    events.deliveryFailed(listDir, what, asFault(thrown).message)
    return false
  }
}
