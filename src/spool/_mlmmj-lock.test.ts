import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { utimes } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'
import { parseAddress } from '../message/address.ts'
import { dropLeftover, mlmmjHolds, waitForMlmmj } from './_mlmmj-lock.ts'
import { scratchList } from './_scratch-list.ts'
import { nextNumber } from './index-number.ts'
import { takeLock } from './lock.ts'
import { rosterOf } from './roster.ts'

const locker = `import fcntl, sys, time
f = open(sys.argv[1], 'a')
fcntl.lockf(f, fcntl.LOCK_EX)
print('locked', flush=True)
sys.stdin.readline()
`

/** A program that holds a record lock, as mlmmj 1.3 does, until it is told to let go. */
async function otherProgram(path: string) {
  const child = spawn('python3', ['-c', locker, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    letGo: () => void child.stdin.end('\n'),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

function cannotTry(t: TestContext): boolean {
  if (process.platform === 'linux' && spawnSync('python3', ['-c', '']).status === 0) return false
  t.skip('needs python3 and the lock table of Linux')
  return true
}

test('a lock that another program holds is seen, on the file or on its lock file', async (t) => {
  if (cannotTry(t)) return
  await using list = await scratchList()
  const [file, lockFile] = [list.path('subscribers.d/a'), list.path('subscribers.d/.a.lock')]
  await list.write('subscribers.d/a', '')
  assert.equal(await mlmmjHolds(file, lockFile), false)
  await using other = await otherProgram(lockFile)
  assert.equal(await mlmmjHolds(file, lockFile), true)
  assert.equal(await mlmmjHolds(file), false)
  await assert.rejects(waitForMlmmj([lockFile], 50), { code: 'busy' })
  setTimeout(other.letGo, 100)
  await waitForMlmmj([lockFile])
})

test('change() and nextNumber() wait for another program and keep what it wrote', async (t) => {
  if (cannotTry(t)) return
  await using list = await scratchList()
  await list.write('subscribers.d/a', 'ann@example.org\n')
  await list.write('index', '7')
  await using subscribing = await otherProgram(list.path('subscribers.d/a'))
  await using posting = await otherProgram(list.path('index'))
  const address = parseAddress('abe@example.org')
  const changed = rosterOf(list.dir).change([{ do: 'add', address, kind: 'normal' }])
  setTimeout(() => {
    void list
      .write('subscribers.d/a', 'ann@example.org\namy@example.org\n')
      .then(() => subscribing.letGo())
  }, 100)
  assert.deepEqual(await changed, ['added'])
  assert.equal(
    await list.read('subscribers.d/a'),
    'ann@example.org\namy@example.org\nabe@example.org\n',
  )
  setTimeout(() => void list.write('index', '8').then(() => posting.letGo()), 100)
  await using held = await takeLock(list.dir, 'list')
  assert.equal(await nextNumber(list.dir, held), 9)
})

test('a lock file that nobody holds does not count, and goes when it is an hour old', async () => {
  await using list = await scratchList()
  const path = list.path('subscribers.d/.a.lock')
  await list.write('subscribers.d/.a.lock', '')
  await dropLeftover(path)
  assert.equal(await list.read('subscribers.d/.a.lock'), '')
  if (process.platform === 'linux') assert.equal(await mlmmjHolds(path), false)
  const old = Date.now() / 1_000 - 4_000
  await utimes(path, old, old)
  await dropLeftover(path)
  assert.equal(await list.read('subscribers.d/.a.lock'), undefined)
})
