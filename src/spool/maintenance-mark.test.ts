import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { maintainedAt, markMaintained } from './maintenance-mark.ts'

test('maintainedAt() knows when the last run was', async (t) => {
  const dir = scratchList(t)
  assert.equal(await maintainedAt(dir, Date.now()), undefined)
  await markMaintained(dir, 1_000_000)
  assert.equal(await maintainedAt(dir, Date.now()), 1_000_000)
})

test('maintainedAt() forgets a run by a clock that was ahead, or none would follow for years', async (t) => {
  const dir = scratchList(t)
  await markMaintained(dir, Date.now() + 86_400_000)
  assert.equal(await maintainedAt(dir, Date.now()), undefined)
})
