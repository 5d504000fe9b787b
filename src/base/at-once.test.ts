import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { atOnce } from './at-once.ts'

test('every item is worked on once, never more than so many at the same time', async () => {
  const [begun, now]: [number[], { working: number; most: number }] = [[], { working: 0, most: 0 }]
  await atOnce(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    begun.push(item)
    now.working += 1
    now.most = Math.max(now.most, now.working)
    for (let turns = 0; turns < item; turns++) await turn()
    now.working -= 1
  })
  assert.deepEqual(begun, [1, 2, 3, 4, 5, 6, 7])
  assert.deepEqual(now, { working: 0, most: 3 })
})

test('a fault comes out', async () => {
  const failing = atOnce(2, [1, 2], (item) => Promise.reject(new Error(`item ${item}`)))
  await assert.rejects(failing, { message: 'item 1' })
})
