import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { openRemaining, type Due, type Remaining } from './remaining.ts'

function waiting(t: TestContext, content: string): { dir: string; path: string } {
  const dir = scratchList(t)
  mkdirSync(join(dir, 'requeue/7'))
  const path = join(dir, 'requeue/7/subscribers')
  writeFileSync(path, content, 'latin1')
  return { dir, path }
}

async function open(dir: string): Promise<Remaining> {
  const remaining = await openRemaining(dir, 7)
  assert.ok(remaining)
  return remaining
}

async function all(remaining: Remaining): Promise<Due[]> {
  const dues: Due[] = []
  for (let due = await remaining.next(); due; due = await remaining.next()) dues.push(due)
  return dues
}

test('openRemaining() answers undefined when nobody waits', async (t) => {
  assert.equal(await openRemaining(scratchList(t), 7), undefined)
})

test('a settled recipient loses the @ in place, and nothing else changes', async (t) => {
  const { dir, path } = waiting(t, 'ann@example.org\njoe@example.org\n')
  const remaining = await open(dir)
  const [ann] = await all(remaining)
  assert.ok(ann)
  remaining.done(ann)
  assert.equal(readFileSync(path, 'latin1'), 'ann example.org\njoe@example.org\n')
  assert.deepEqual(await remaining.finish(), { left: 1 })
  assert.equal(readFileSync(path, 'latin1'), 'joe@example.org\n')
})

test('every @ of a quoted local part goes', async (t) => {
  const { dir, path } = waiting(t, '"a@b"@example.org\nx@example.org\n')
  const remaining = await open(dir)
  const [quoted] = await all(remaining)
  assert.ok(quoted)
  remaining.done(quoted)
  assert.equal(readFileSync(path, 'latin1').split('\n')[0], '"a b" example.org')
  await remaining.finish()
})

test('what a crash left is served from the lines that still have an @', async (t) => {
  const { dir } = waiting(t, 'ann example.org\n\r\n joe@example.org \r\nzoe@example.org')
  const remaining = await open(dir)
  const dues = await all(remaining)
  assert.deepEqual(
    dues.map((due) => due.address),
    ['joe@example.org', 'zoe@example.org'],
  )
  for (const due of dues) remaining.done(due)
  assert.deepEqual(await remaining.finish(), { left: 0 })
  assert.equal(existsSync(join(dir, 'requeue/7')), false)
})

test('finish() leaves a mail file only while somebody waits for it', async (t) => {
  const { dir } = waiting(t, 'ann@example.org\n')
  writeFileSync(join(dir, 'requeue/7/mailfile'), 'mail')
  let remaining = await open(dir)
  await all(remaining)
  await remaining.finish()
  assert.ok(existsSync(join(dir, 'requeue/7/mailfile')))
  remaining = await open(dir)
  for (const due of await all(remaining)) remaining.done(due)
  await remaining.finish()
  assert.equal(existsSync(join(dir, 'requeue/7')), false)
})

test('a file that another program took away is left to it', async (t) => {
  const { dir, path } = waiting(t, 'ann@example.org\n')
  const remaining = await open(dir)
  renameSync(path, `${path}.resending`)
  assert.deepEqual(await all(remaining), [])
  assert.ok(remaining.takenOver)
  assert.deepEqual(await remaining.finish(), { left: 0 })
  assert.equal(readFileSync(`${path}.resending`, 'latin1'), 'ann@example.org\n')
})

test('lines over several chunks keep their places', async (t) => {
  const addresses = Array.from({ length: 20_000 }, (_, n) => `reader${n}@example.org`)
  const { dir, path } = waiting(t, `${addresses.join('\n')}\n`)
  const remaining = await open(dir)
  const dues = await all(remaining)
  assert.deepEqual(
    dues.map((due) => due.address),
    addresses,
  )
  for (const [n, due] of dues.entries()) if (n % 1_000 !== 0) remaining.done(due)
  assert.deepEqual(await remaining.finish(), { left: 20 })
  assert.equal(readFileSync(path, 'latin1').split('\n')[1], 'reader1000@example.org')
})

test('several who ask at once get different recipients', async (t) => {
  const { dir } = waiting(t, 'a@example.org\nb@example.org\nc@example.org\n')
  const remaining = await open(dir)
  const got = await Promise.all([1, 2, 3, 4].map(async () => await remaining.next()))
  assert.deepEqual(got.map((due) => due?.address).sort(), [
    'a@example.org',
    'b@example.org',
    'c@example.org',
    undefined,
  ])
  await remaining.finish()
})

test('a line without end does not fill the memory, nor hide the next one', async (t) => {
  const { dir } = waiting(t, `${'x'.repeat(1_000_000)}@\nann@example.org\n`)
  const remaining = await open(dir)
  assert.deepEqual(
    (await all(remaining)).map((due) => due.address),
    ['ann@example.org'],
  )
  await remaining.finish()
})
