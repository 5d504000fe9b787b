import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, open, readdir, symlink, utimes, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scratchList, type ScratchList } from './_scratch-list.ts'
import { lockIsHeld, removeLock, takeLock, tryLock } from './lock.ts'

/** A holder that lives on another machine, as far as anybody here can see. */
const stranger = 'holder 1 1 00000000-0000-0000-0000-000000000000 pid:[1] elsewhere 0\n'

async function topFile(list: ScratchList, name = 'list'): Promise<string> {
  const numbers = (await readdir(list.path(`.mlmmj-ts/lock-${name}`))).map(Number)
  return `.mlmmj-ts/lock-${name}/${Math.max(...numbers)}`
}

test('a lock excludes, and can be taken again when it was given back', async () => {
  await using list = await scratchList()
  assert.equal(await lockIsHeld(list.dir, 'list'), false)
  {
    await using held = await takeLock(list.dir, 'list')
    await held.stillMine()
    assert.equal(await tryLock(list.dir, 'list'), undefined)
    assert.equal(await lockIsHeld(list.dir, 'list'), true)
    await using other = await takeLock(list.dir, 'other')
    await other.stillMine()
  }
  assert.equal(await lockIsHeld(list.dir, 'list'), false)
  const again = await tryLock(list.dir, 'list')
  assert.ok(again)
  await again.release()
  await again.release()
})

test('a lock that could not be given back on disk is free for the same program', async (t) => {
  await using list = await scratchList()
  const held = await takeLock(list.dir, 'list')
  await using some = await open('.')
  const handles = Object.getPrototypeOf(some) as FileHandle
  const broken = t.mock.method(handles, 'truncate', () =>
    Promise.reject(Object.assign(new Error('EIO: ftruncate'), { code: 'EIO' })),
  )
  await assert.rejects(held.release(), /EIO/)
  broken.mock.restore()
  assert.equal(await lockIsHeld(list.dir, 'list'), false)
  const again = await tryLock(list.dir, 'list')
  assert.ok(again)
  await again.stillMine()
  await again.release()
})

test('a holder whose file could not be written once holds it all the same', async (t) => {
  await using list = await scratchList()
  await using held = await takeLock(list.dir, 'list')
  await using some = await open('.')
  const handles = Object.getPrototypeOf(some) as FileHandle
  const full = t.mock.method(handles, 'write', () =>
    Promise.reject(Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' })),
  )
  await sleep(700)
  full.mock.restore()
  await assert.rejects(held.stillMine(), /no room|ENOSPC/)
  await sleep(700)
  await held.stillMine()
})

test('tasks of one process take turns in the order they came', async () => {
  await using list = await scratchList()
  const order: number[] = []
  let inside = 0
  await Promise.all(
    Array.from({ length: 200 }, async (_, task) => {
      await using held = await takeLock(list.dir, 'list')
      inside += 1
      assert.equal(inside, 1)
      await held.stillMine()
      order.push(task)
      inside -= 1
    }),
  )
  assert.deepEqual(
    order,
    Array.from({ length: 200 }, (_, task) => task),
  )
})

test('who waits too long is told who holds the lock', async () => {
  await using list = await scratchList()
  await using _held = await takeLock(list.dir, 'list')
  await assert.rejects(takeLock(list.dir, 'list', { waitMs: 20 }), { code: 'busy' })
  await list.write('.mlmmj-ts/lock-far/7', stranger)
  await assert.rejects(takeLock(list.dir, 'far', { waitMs: 20 }), /process 1 on elsewhere/)
})

test('a holder that cannot be seen keeps the lock while it writes, and loses it by silence', async () => {
  await using list = await scratchList()
  await list.write('.mlmmj-ts/lock-list/7', stranger)
  const started = performance.now()
  const touch = async () => utimes(list.path('.mlmmj-ts/lock-list/7'), new Date(), new Date())
  const beats = setInterval(() => void touch(), 300)
  setTimeout(() => clearInterval(beats), 1_000)
  await using held = await takeLock(list.dir, 'list')
  await held.stillMine()
  const waited = performance.now() - started
  assert.ok(waited > 2_500 && waited < 5_000, `${waited} ms`)
})

test('a lock whose unseen holder was silent for a minute is free at once', async () => {
  await using list = await scratchList()
  await list.write('.mlmmj-ts/lock-list/7', stranger)
  await utimes(list.path('.mlmmj-ts/lock-list/7'), 1, 1)
  assert.equal(await lockIsHeld(list.dir, 'list'), false)
  const held = await tryLock(list.dir, 'list')
  assert.ok(held)
  await held.release()
})

test('a dead process of this machine holds nothing', async () => {
  await using list = await scratchList()
  await using first = await takeLock(list.dir, 'list')
  const line = (await list.read(await topFile(list))) ?? ''
  await first.release()
  const { pid } = spawnSync('true')
  const dead = line.replace(/^holder \d+/, `holder ${pid}`)
  await list.write('.mlmmj-ts/lock-dead/5', dead)
  // The same pid with another start is another process.
  const reused = line.replace(/^(holder \d+) \d+/, '$1 1')
  await list.write('.mlmmj-ts/lock-reused/5', reused)
  for (const name of ['dead', 'reused']) {
    const held = await tryLock(list.dir, name)
    if (line.includes(' - ')) return
    assert.ok(held, name)
    await held.release()
  }
})

test('a holder whose lock was taken over learns it at the fence', async () => {
  await using list = await scratchList()
  await using held = await takeLock(list.dir, 'list')
  const [, number] = /(\d+)$/.exec(await topFile(list)) ?? []
  await list.write(`.mlmmj-ts/lock-list/${Number(number) + 1}`, stranger)
  await assert.rejects(held.stillMine(), { code: 'busy' })
  await held.release()
  assert.equal(await list.read(`.mlmmj-ts/lock-list/${Number(number) + 1}`), stranger)
})

test('removeLock() takes all files away, and a waiting task gets a lock of its own', async () => {
  await using list = await scratchList()
  const held = await takeLock(list.dir, 'mail')
  const waiting = takeLock(list.dir, 'mail')
  await removeLock(held)
  const next = await waiting
  await next.stillMine()
  await removeLock(next)
  assert.deepEqual(await readdir(list.path('.mlmmj-ts')), [])
})

test('old generations go away, so that a lock stays a few files', async () => {
  await using list = await scratchList()
  for (let round = 0; round < 40; round++) await (await takeLock(list.dir, 'list')).release()
  assert.ok((await readdir(list.path('.mlmmj-ts/lock-list'))).length <= 10)
})

test('a lock directory that is empty or holds strange names can still be used', async () => {
  await using list = await scratchList()
  await mkdir(list.path('.mlmmj-ts/lock-list'), { recursive: true })
  await using _held = await takeLock(list.dir, 'list', { waitMs: 1_000 })
  await list.write('.mlmmj-ts/lock-odd/9', '')
  await list.write('.mlmmj-ts/lock-odd/99999999999999999999', '')
  await list.write('.mlmmj-ts/lock-odd/readme', '')
  await using _odd = await takeLock(list.dir, 'odd', { waitMs: 1_000 })
})

test('what is planted in place of a lock is refused, without hanging', async () => {
  await using list = await scratchList()
  await mkdir(list.path('.mlmmj-ts/lock-fifo'), { recursive: true })
  assert.equal(spawnSync('mkfifo', [list.path('.mlmmj-ts/lock-fifo/5')]).status, 0)
  await mkdir(list.path('.mlmmj-ts/lock-link'))
  await symlink('/etc/passwd', list.path('.mlmmj-ts/lock-link/5'))
  await symlink(tmpdir(), list.path('.mlmmj-ts/lock-dir'))
  await list.write('.mlmmj-ts/lock-file', '')
  for (const name of ['fifo', 'link', 'dir', 'file'])
    await assert.rejects(takeLock(list.dir, name), { code: 'spoolTrouble' }, name)
})

test('a list that is not there is a fault', async () => {
  await assert.rejects(takeLock('/nonexistent/list', 'list'), { code: 'spoolTrouble' })
})
