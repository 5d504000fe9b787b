import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { takeLock } from '../../src/spool/lock.ts'
import { bundleWorker, scratchDir, Worker } from './_workers.ts'

const rounds = Number(process.env['LOCK_ROUNDS'] ?? 1_000)

test(`six processes never hold one lock together, in ${rounds} rounds of a stale lock`, async () => {
  using list = scratchDir()
  using program = bundleWorker('test/house/_lock-worker.ts')
  const workers = Array.from({ length: 6 }, () => new Worker(program.path))
  try {
    const first = new Worker(program.path)
    const marker = join(list.path, 'inside')
    const stale = await ownLine(first, list.path)
    assert.match(stale, /^holder /)
    let longest = 0
    for (let round = 0; round < rounds; round++) {
      const name = `r${round % 2}`
      const dir = join(list.path, '.mlmmj-ts', `lock-${name}`)
      if (round % 10 < 2) rmSync(dir, { recursive: true, force: true })
      mkdirSync(dir, { recursive: true })
      writeFileSync(join(dir, String(1_000_000_000 + round * 10)), stale)
      const task = { listDir: list.path, name, marker, at: Date.now() + 4 }
      const answers = (await Promise.all(workers.map((worker) => worker.ask(task)))) as {
        waited: number
        overlap: boolean
      }[]
      assert.deepEqual(
        answers.map((answer) => answer.overlap),
        Array<boolean>(6).fill(false),
        `round ${round}`,
      )
      longest = Math.max(longest, ...answers.map((answer) => answer.waited))
    }
    assert.ok(longest < 2_000, `somebody waited ${longest} ms`)
  } finally {
    for (const worker of workers) await worker.kill()
  }
})

/** Kills a holder and answers with what it wrote. */
async function ownLine(worker: Worker, listDir: string): Promise<string> {
  await worker.ask({ listDir, name: 'sample', keep: true })
  await worker.kill()
  const dir = join(listDir, '.mlmmj-ts', 'lock-sample')
  const top =
    readdirSync(dir)
      .sort((one, other) => Number(one) - Number(other))
      .at(-1) ?? ''
  return readFileSync(join(dir, top), 'latin1')
}

test('a holder that is killed delays the next one by less than two seconds', async () => {
  using list = scratchDir()
  using program = bundleWorker('test/house/_lock-worker.ts')
  for (let round = 0; round < 5; round++) {
    await using holder = new Worker(program.path)
    await holder.ask({ listDir: list.path, name: 'list', keep: true })
    const waiting = takeLock(list.path, 'list').then((held) => ({ held, at: performance.now() }))
    const killed = performance.now()
    await holder.kill()
    const { held, at } = await waiting
    assert.ok(at - killed < 2_000, `${at - killed} ms`)
    await held.release()
  }
})

test('a stopped holder keeps its lock', async () => {
  using list = scratchDir()
  using program = bundleWorker('test/house/_lock-worker.ts')
  await using holder = new Worker(program.path)
  await holder.ask({ listDir: list.path, name: 'list', keep: true })
  holder.child.kill('SIGSTOP')
  await assert.rejects(takeLock(list.path, 'list', { waitMs: 2_600 }), { code: 'busy' })
})
