import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import {
  dropHeldSubscription,
  dropPending,
  holdSubscription,
  notePending,
  readHeldSubscription,
  readPending,
} from './pending.ts'

const [one, two] = ['0000000000000001', '0000000000000002']

async function inList(check: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'pending-'))
  try {
    for (const shelf of ['subconf', 'unsubconf', 'moderation']) await mkdir(join(dir, shelf))
    await check(dir)
  } finally {
    await rm(dir, { recursive: true })
  }
}

function ids(...given: readonly string[]) {
  const left = [...given]
  return { id: () => left.shift() ?? 'ffffffffffffffff' }
}

test('notePending() writes the lower-cased address without a line end, for its owner alone', () =>
  inList(async (dir) => {
    const cookie = await notePending(dir, 'subconf', 'Ann@Example.org', ids(one))
    const path = join(dir, 'subconf', cookie)
    assert.equal(await readFile(path, 'latin1'), 'ann@example.org')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  }))

test('notePending() draws again when a cookie is taken', () =>
  inList(async (dir) => {
    await notePending(dir, 'unsubconf', 'ann@example.org', ids(one))
    assert.equal(await notePending(dir, 'unsubconf', 'joe@example.org', ids(one, two)), two)
    assert.equal(await readPending(dir, 'unsubconf', one), 'ann@example.org')
  }))

test('readPending() takes cookies of mlmmj 1.3 and no path', () =>
  inList(async (dir) => {
    const old = '0000000000000001-ann=example.org'
    await writeFile(join(dir, 'subconf', old), 'ann@example.org')
    assert.equal(await readPending(dir, 'subconf', old), 'ann@example.org')
    for (const cookie of ['', '.', '..', `../subconf/${old}`, 'a\0b', 'x'.repeat(300)])
      assert.equal(await readPending(dir, 'subconf', cookie), undefined)
    await dropPending(dir, 'subconf', old)
    assert.equal(await readPending(dir, 'subconf', old), undefined)
  }))

test('holdSubscription() writes what mlmmj writes, and reads it with and without the prefix', () =>
  inList(async (dir) => {
    const cookie = await holdSubscription(
      dir,
      { address: 'ann@example.org', type: 'digest' },
      ids(one),
    )
    const path = join(dir, 'moderation', `subscribe${cookie}`)
    assert.equal(await readFile(path, 'latin1'), 'ann@example.org\nSUB_DIGEST\n')
    for (const name of [cookie, `subscribe${cookie}`])
      assert.deepEqual(await readHeldSubscription(dir, name), {
        address: 'ann@example.org',
        type: 'digest',
      })
    await dropHeldSubscription(dir, cookie)
    assert.equal(await readHeldSubscription(dir, cookie), undefined)
  }))

test('readHeldSubscription() reads the directory of mlmmj 1.4, and leaves riddles alone', () =>
  inList(async (dir) => {
    await mkdir(join(dir, 'moderation', 'subscribe'))
    await writeFile(join(dir, 'moderation', 'subscribe', one), 'ann@example.org\r\nSUB_BOTH\r\n')
    assert.equal((await readHeldSubscription(dir, one))?.type, 'both')
    const path = join(dir, 'moderation', `subscribe${two}`)
    await writeFile(path, 'ann@example.org\nSUB_WEEKLY\n')
    await assert.rejects(readHeldSubscription(dir, two), (thrown) => isFault(thrown, 'badMail'))
    await stat(path)
  }))
