import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '../list/tunables.ts'
import { planDigest, selectPosts } from './digest.ts'

const now = 1_700_000_000
const hour = 3_600_000
const unset = readSettings(
  () => undefined,
  () => undefined,
)
const settings = { ...unset, digestinterval: 1_000 }
const state = { lastPost: 40, lastAt: now - 10, issue: 2 }

test('planDigest() waits a week, or for fifty posts, when nothing is set', () => {
  const week = 604_800
  assert.deepEqual(planDigest({ ...state, lastAt: now - week + 1 }, 89, now, unset).do, 'wait')
  assert.deepEqual(planDigest({ ...state, lastAt: now - week }, 41, now, unset).do, 'collect')
  assert.deepEqual(planDigest(state, 90, now, unset).do, 'collect')
})

test('planDigest() waits while the interval runs and few posts came', () => {
  assert.deepEqual(planDigest(state, 89, now, settings), { do: 'wait' })
})

test('planDigest() collects what there is when the interval is over', () => {
  const plan = planDigest({ ...state, lastAt: now - 1_000 }, 42, now, settings)
  assert.deepEqual(plan, { do: 'collect', first: 41, last: 42 })
})

test('planDigest() collects as soon as digestmaxmails posts wait, and no more than that', () => {
  assert.deepEqual(planDigest(state, 90, now, settings), { do: 'collect', first: 41, last: 90 })
  assert.deepEqual(planDigest(state, 140, now, settings), { do: 'collect', first: 41, last: 90 })
})

test('planDigest() reads digestmaxmails, and digestmaxmail where only that is set', () => {
  const few = { ...settings, digestmaxmails: 3 }
  assert.deepEqual(planDigest(state, 44, now, few), { do: 'collect', first: 41, last: 43 })
  const misspelt = { ...settings, digestmaxmail: 2 }
  assert.deepEqual(planDigest(state, 44, now, misspelt), { do: 'collect', first: 41, last: 42 })
  assert.deepEqual(planDigest(state, 44, now, { ...few, digestmaxmail: 2 }), {
    do: 'collect',
    first: 41,
    last: 43,
  })
})

test('planDigest() moves on when nothing came, and when the numbers went back', () => {
  const old = { ...state, lastAt: now - 1_000 }
  assert.deepEqual(planDigest(old, 40, now, settings), { do: 'skip', to: 40 })
  assert.deepEqual(planDigest(old, 12, now, settings), { do: 'skip', to: 12 })
  assert.deepEqual(planDigest(state, 12, now, settings), { do: 'wait' })
})

test('planDigest() is not put off for years by a date in the future', () => {
  const plan = planDigest({ ...state, lastAt: now + 90_000 }, 41, now, settings)
  assert.deepEqual(plan, { do: 'collect', first: 41, last: 41 })
})

function archived(numbers: readonly number[], arrivedAt: number, bytes = 100) {
  return numbers.map((number) => ({ number, bytes, arrivedAt }))
}

function shown({ posts, last, full }: ReturnType<typeof selectPosts>) {
  return `${posts.map(({ number }) => number).join(' ')} to ${last}${full ? ' full' : ''}`
}

const range = { first: 1, last: 4 }
const old = -2 * hour

test('selectPosts() takes the whole range, and nothing behind it', () => {
  assert.equal(shown(selectPosts(range, archived([1, 2, 3, 4, 5], 0), 0, 0)), '1 2 3 4 to 4')
})

test('selectPosts() ends before a number that may still come', () => {
  assert.equal(shown(selectPosts(range, archived([1, 2, 4], 0), 0, 0)), '1 2 to 2')
  assert.equal(shown(selectPosts(range, archived([1, 2], old), 0, 0)), '1 2 to 2')
  assert.equal(shown(selectPosts(range, archived([2, 3, 4], 0), 0, 0)), ' to 0')
  assert.equal(shown(selectPosts(range, archived([1, 2, 3, 5], 0), 0, 0)), '1 2 3 to 3')
})

test('selectPosts() passes over a number whose hour is over, however busy the list is', () => {
  assert.equal(shown(selectPosts(range, archived([1, 2, 4], old), 0, 0)), '1 2 4 to 4')
  assert.equal(shown(selectPosts(range, archived([1, 2, 3, 5], old), 0, 0)), '1 2 3 to 4')
  assert.equal(shown(selectPosts(range, archived([1, 2], old), old, 0)), '1 2 to 4')
  assert.equal(shown(selectPosts(range, [], old, 0)), ' to 4')
})

test('selectPosts() breaks up what would be too large a mail', () => {
  const large = archived([1, 2, 3, 4], 0, 15 * 1024 * 1024)
  assert.equal(shown(selectPosts(range, large, 0, 0)), '1 2 to 2 full')
  assert.equal(shown(selectPosts({ first: 3, last: 4 }, large.slice(2), 0, 0)), '3 4 to 4')
  const huge = archived([1, 2, 3, 4], 0, 40 * 1024 * 1024)
  assert.equal(shown(selectPosts(range, huge, 0, 0)), '1 to 1 full')
})

test('selectPosts() does not wait for years behind a hole that a clock ahead has dated', () => {
  const ahead = 1e12
  assert.equal(shown(selectPosts(range, archived([1, 2, 4], ahead), ahead, 0)), '1 2 4 to 4')
  assert.equal(shown(selectPosts(range, archived([1, 2], old), ahead, 0)), '1 2 to 4')
})
