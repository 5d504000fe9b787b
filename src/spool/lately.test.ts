import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { countLately, type Quota } from './lately.ts'

const now = 1_700_000_000_000
const hour = 3_600

function counter(dir: string) {
  let seeds = 0
  return async (quotas: readonly Quota[], at = now, seed = `seed ${++seeds}`) =>
    (await countLately(dir, 'answers', { seed, quotas }, hour, at))?.name
}

const to = (name: string, most = 2) => ({ name, most })
const fileOf = (dir: string) => join(dir, '.mlmmj-ts/lately-answers')

test('countLately() counts until a quota is used up, each name for itself', async (t) => {
  const count = counter(scratchList(t))
  assert.equal(await count([to('ann'), to('net', 3)]), undefined)
  assert.equal(await count([to('ann'), to('net', 3)]), undefined)
  assert.equal(await count([to('ann'), to('net', 3)]), 'ann')
  // What was refused is not counted against anything else.
  assert.equal(await count([to('bob'), to('net', 3)]), undefined)
  assert.equal(await count([to('bob'), to('net', 3)]), 'net')
})

test('countLately() forgets what the window has passed, and what a wrong clock noted', async (t) => {
  const count = counter(scratchList(t))
  await count([to('ann', 1)])
  assert.equal(await count([to('ann', 1)], now + (hour - 1) * 1_000), 'ann')
  assert.equal(await count([to('ann', 1)], now + hour * 1_000), undefined)
  // The clock is put back by more than the window.
  assert.equal(await count([to('ann', 1)], now - hour * 1_000), undefined)
})

test('countLately() counts a seed once, so that a run can be repeated', async (t) => {
  const count = counter(scratchList(t))
  for (let run = 0; run < 3; run++)
    assert.equal(await count([to('ann', 1)], now, 'the same mail'), undefined)
  assert.equal(await count([to('ann', 1)], now, 'another mail'), 'ann')
})

test('countLately() keeps no text that somebody else chose', async (t) => {
  const dir = scratchList(t)
  await counter(dir)([to('ann@example.org\n1700000000 0123456789abcdef')])
  assert.match(readFileSync(fileOf(dir), 'latin1'), /^\d+=[0-9a-f]{16} [0-9a-f]{16}\n$/)
})

test('countLately() stays small, whatever comes, and keeps the newest', async (t) => {
  const dir = scratchList(t)
  const count = counter(dir)
  const name = '0123456789abcdef'
  const old = Array.from({ length: 9_000 }, (_, n) => {
    const seed = n.toString(16).padStart(16, '0')
    return `${now / 1_000}=${seed} ${name} ${name}\n`
  })
  mkdirSync(join(dir, '.mlmmj-ts'))
  writeFileSync(fileOf(dir), old.join(''))
  assert.equal(await count([to('ann', 1)]), undefined)
  const lines = readFileSync(fileOf(dir), 'latin1').split('\n')
  assert.equal(lines.filter(Boolean).length, 4_096)
  assert.ok(statSync(fileOf(dir)).size < 300_000)
  assert.equal(await count([to('ann', 1)]), 'ann')
})

test('countLately() throws away what is worth nothing any more', async (t) => {
  const dir = scratchList(t)
  const count = counter(dir)
  for (let n = 0; n < 400; n++) await count([to(`old ${n}`)])
  await count([to('new')], now + hour * 1_000)
  assert.equal(readFileSync(fileOf(dir), 'latin1').split('\n').filter(Boolean).length, 1)
})

test('countLately() reads around a line that a crash cut off, and replaces what is no file', async (t) => {
  const dir = scratchList(t)
  const count = counter(dir)
  await count([to('ann', 1)])
  writeFileSync(fileOf(dir), '1700000000=0123', { flag: 'a' })
  assert.equal(await count([to('bob', 1)]), undefined)
  assert.equal(await count([to('bob', 1)]), 'bob')
  rmSync(fileOf(dir))
  writeFileSync(join(dir, 'elsewhere'), 'x')
  symlinkSync('../elsewhere', fileOf(dir))
  assert.equal(await count([to('bob', 1)]), undefined)
  assert.equal(readFileSync(join(dir, 'elsewhere'), 'latin1'), 'x')
  assert.equal(await count([to('bob', 1)]), 'bob')
})

test('countLately() lets no more through when all come at once', async (t) => {
  const dir = scratchList(t)
  const count = counter(dir)
  const all = await Promise.all(Array.from({ length: 40 }, () => count([to('ann', 7)])))
  assert.equal(all.filter((spent) => spent === undefined).length, 7)
})
