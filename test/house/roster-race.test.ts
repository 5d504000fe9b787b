import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { rosterOf } from '../../src/spool/roster.ts'
import { bundleWorker, scratchDir, Worker } from './_workers.ts'

function addresses(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}${n}@example.org`)
}

async function everybody(listDir: string): Promise<string[]> {
  const found: string[] = []
  for await (const batch of rosterOf(listDir).lines('normal')) found.push(...batch)
  return found.sort()
}

test('100 who join and 100 who leave, from four processes at once: none is lost', async () => {
  using list = scratchDir()
  using program = bundleWorker('test/house/_roster-worker.ts')
  const [stay, leave, join_] = [addresses('a', 50), addresses('b', 100), addresses('c', 100)]
  await using first = new Worker(program.path)
  await first.ask({ listDir: list.path, kind: 'normal', add: [...stay, ...leave], together: true })
  const workers = [first, ...Array.from({ length: 3 }, () => new Worker(program.path))]
  try {
    const answers = await Promise.all(
      workers.map((worker, part) => {
        const mine = (_: string, n: number) => n % workers.length === part
        const [add, remove] = [join_.filter(mine), leave.filter(mine)]
        return worker.ask({ listDir: list.path, kind: 'normal', add, remove })
      }),
    )
    const words = (answers as string[][]).flat()
    assert.equal(words.filter((word) => word === 'added').length, 100)
    assert.equal(words.filter((word) => word === 'removed').length, 100)
    assert.deepEqual(await everybody(list.path), [...stay, ...join_].sort())
  } finally {
    for (const worker of workers) await worker.kill()
  }
})

test('a program that is killed while it changes leaves every file whole, 40 times', async () => {
  using list = scratchDir()
  using program = bundleWorker('test/house/_roster-worker.ts')
  const [stay, many] = [addresses('s', 3_000), addresses('t', 20_000)]
  const dir = join(list.path, 'subscribers.d')
  mkdirSync(dir)
  const before = `${stay.join('\n')}\n`
  writeFileSync(join(dir, 's'), before)
  for (let round = 0; round < 40; round++) {
    const worker = new Worker(program.path)
    const adding = round % 2 === 0
    const changes = adding ? { add: many } : { remove: many }
    await worker.ask({ listDir: list.path, kind: 'normal' })
    worker.child.send({ listDir: list.path, kind: 'normal', ...changes, together: true })
    await sleep(round * 2)
    await worker.kill()
    assert.equal(readFileSync(join(dir, 's'), 'latin1'), before)
    const left = readdirSync(dir)
    if (left.includes('t'))
      assert.equal(readFileSync(join(dir, 't'), 'latin1'), `${many.join('\n')}\n`)
    assert.deepEqual(
      left.filter((name) => name !== 's' && name !== 't'),
      [],
    )
  }
  // And nothing that they left stands in the way.
  await using worker = new Worker(program.path)
  const started = performance.now()
  await worker.ask({
    listDir: list.path,
    kind: 'normal',
    add: many,
    remove: ['s0@example.org'],
    together: true,
  })
  assert.ok(performance.now() - started < 3_000)
  assert.deepEqual(await everybody(list.path), [...stay.slice(1), ...many].sort())
})
