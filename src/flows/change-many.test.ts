import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { changeMany, type Bulk } from './change-many.ts'
import { makeList } from './make-list.ts'
import { openList } from './open-list.ts'
import type { Replies } from './reply-request.ts'

async function tempList() {
  const spoolDir = await mkdtemp(join(tmpdir(), 'bulk-'))
  const owner = 'owner@example.org'
  const rest = { textsFrom: undefined, user: undefined, force: false }
  const made = await makeList({ spoolDir, name: 'talk', domain: 'example.org', owner, ...rest })
  const list = await openList(made.dir)
  const rejected: string[] = []
  const welcomed: string[] = []
  const replies: Replies = {
    send: async (_, { purpose, action, reason, type, to }) =>
      void welcomed.push(`${purpose}-${action}-${reason}-${type} ${to}`),
  }
  const watcher = {
    rejected: async (line: number, text: string, why: string) =>
      void rejected.push(`${line} ${text} ${why}`),
    progress: async () => {},
  }
  return {
    rejected,
    welcomed,
    change: (bulk: Bulk, lines: readonly string[], tell = false) =>
      changeMany(list, bulk, given(lines), watcher, tell ? replies : undefined),
    read: (path: string) => readFile(join(made.dir, path), 'latin1').catch(() => undefined),
    [Symbol.asyncDispose]: () => rm(spoolDir, { recursive: true }),
  }
}

async function* given(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

test('changeMany() does what it can and tells every line that it cannot', async () => {
  await using list = await tempList()
  const lines = [
    'Ann@example.org\r',
    '',
    '  joe@example.org ',
    'no address',
    'talk@example.org',
    'ann@example.org',
  ]
  const result = await list.change({ do: 'sub', type: 'normal' }, lines)
  assert.deepEqual(result, { changed: 2, unchanged: 0, rejected: 2 })
  assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\n')
  assert.deepEqual(
    list.rejected.map((line) => line.slice(0, 14)),
    ['4 no address h', '5 talk@example'],
  )
})

test('changeMany() leaves everybody in the wanted versions alone', async () => {
  await using list = await tempList()
  await list.change({ do: 'sub', type: 'normal' }, ['ann@example.org', 'joe@example.org'])
  const result = await list.change({ do: 'sub', type: 'digest' }, ['ann@example.org'], true)
  assert.deepEqual(result, { changed: 1, unchanged: 0, rejected: 0 })
  assert.equal(await list.read('subscribers.d/a'), undefined)
  assert.equal(await list.read('digesters.d/a'), 'ann@example.org\n')
  assert.deepEqual(list.welcomed, ['finish-sub-admin-digest ann@example.org'])
  assert.equal((await list.change({ do: 'sub', type: 'digest' }, ['ann@example.org'])).unchanged, 1)
})

test('changeMany() unsubscribes from one version or from all', async () => {
  await using list = await tempList()
  await list.change({ do: 'sub', type: 'both' }, ['ann@example.org'])
  await list.change({ do: 'unsub', type: 'digest' }, ['ann@example.org'])
  assert.equal(await list.read('digesters.d/a'), undefined)
  assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\n')
  await list.change({ do: 'unsub', type: 'all' }, ['ANN@example.org'])
  assert.equal(await list.read('subscribers.d/a'), undefined)
})

test('changeMany() takes 50,000 addresses at once', async () => {
  await using list = await tempList()
  const lines = Array.from({ length: 50_000 }, (_, at) => `user${at}@example.org`)
  const result = await list.change({ do: 'sub', type: 'nomail' }, lines)
  assert.equal(result.changed, 50_000)
  assert.equal((await list.read('nomailsubs.d/u'))?.split('\n').length, 50_001)
})
