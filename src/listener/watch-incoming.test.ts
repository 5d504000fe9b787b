import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { watchIncoming } from './watch-incoming.ts'

test('a watch that is closed while it begins watches nothing', async (t) => {
  const lists = [scratchList(t), scratchList(t), scratchList(t)]
  const watched = () => process.getActiveResourcesInfo().filter((what) => what === 'FSEventWrap')
  const watch = watchIncoming(() => undefined)
  await watch.follow(lists.slice(0, 1))
  assert.equal(watched().length, 1)
  const following = watch.follow(lists)
  watch.close()
  await following
  await watch.follow(lists)
  assert.deepEqual(watched(), [])
})
