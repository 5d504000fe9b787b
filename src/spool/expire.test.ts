import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { expireShelf, sweepEnvelopes, sweepQueue } from './expire.ts'

const [one, other] = ['a'.repeat(16), 'b'.repeat(16)]
const day = 86_400_000

test('sweepQueue() removes what nobody will send, but not what tells how far a mail came', async (t) => {
  const dir = scratchList(t)
  for (const name of [one, other, `${'c'.repeat(16)}.mailfrom`])
    writeFileSync(join(dir, 'queue', name), 'x')
  writeFileSync(join(dir, 'incoming', other), 'x')
  await sweepQueue(dir, Date.now() + day)
  assert.deepEqual(readdirSync(join(dir, 'queue')).sort(), [other, 'discarded'])
})

test('expireShelf() leaves a held post whose release is not finished, and whom to leave out', async (t) => {
  const dir = scratchList(t)
  const held = [one, `${one}.omit`, `${other}.omit`, `${other}.sending`, 'new']
  for (const name of held) {
    writeFileSync(join(dir, 'moderation', name), 'x')
    if (name !== 'new') utimesSync(join(dir, 'moderation', name), 1, 1)
  }
  assert.deepEqual([...(await expireShelf(dir, 'held', 60, Date.now()))].sort(), [
    one,
    `${one}.omit`,
  ])
  assert.deepEqual(readdirSync(join(dir, 'moderation')).sort(), [
    `${other}.omit`,
    `${other}.sending`,
    'new',
  ])
})

test('sweepEnvelopes() removes those without a mail, but none of which the mail may be in a journal', async (t) => {
  const dir = scratchList(t)
  for (const name of [one, `${one}.envelope`, `${other}.envelope`])
    writeFileSync(join(dir, 'incoming', name), 'x')
  const left = () => readdirSync(join(dir, 'incoming')).sort()
  mkdirSync(join(dir, '.mlmmj-ts/journal/7'), { recursive: true })
  await sweepEnvelopes(dir, 3_600, Date.now() + day)
  assert.deepEqual(left(), [one, `${one}.envelope`, `${other}.envelope`])
  rmSync(join(dir, '.mlmmj-ts/journal'), { recursive: true })
  await sweepEnvelopes(dir, 3_600, Date.now())
  assert.equal(left().length, 3)
  await sweepEnvelopes(dir, 3_600, Date.now() + day)
  assert.deepEqual(left(), [one, `${one}.envelope`])
})
