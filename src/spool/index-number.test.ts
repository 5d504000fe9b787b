import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, rm, stat } from 'node:fs/promises'
import { test } from 'node:test'
import { scratchList, type ScratchList } from './_scratch-list.ts'
import { nextNumber } from './index-number.ts'
import { takeLock } from './lock.ts'

async function next(list: ScratchList): Promise<number> {
  await using held = await takeLock(list.dir, 'list')
  return await nextNumber(list.dir, held)
}

const cases: readonly (readonly [string | undefined, string[], number])[] = [
  [undefined, [], 1],
  [undefined, ['archive/9'], 10],
  ['', [], 1],
  ['', ['archive/41', 'archive/x', 'archive/007', 'archive/99.mailfrom'], 42],
  ['3', ['archive/3'], 4],
  ['3\n', [], 4],
  ['007\n', [], 8],
  [' 3 \r\nnotes\n', [], 4],
  ['99', [], 100],
  ['abc', ['archive/5'], 6],
  ['-1', [], 1],
  ['0', [], 1],
  ['5 junk', [], 6],
  ['5 junk', ['requeue/8/subscribers'], 9],
  ['5junk', ['archive/2'], 6],
  ['99999999999', ['archive/12'], 13],
  ['2147483647', ['archive/12'], 13],
  ['2147483646', [], 2147483647],
  ['4', ['archive/5', 'archive/30'], 31],
  ['4', ['requeue/5/subscribers'], 6],
  ['\n7', ['archive/2'], 3],
]

for (const [before, files, number] of cases)
  test(`index ${JSON.stringify(before)} with [${files.join(' ')}] gives ${number}`, async () => {
    await using list = await scratchList()
    if (before !== undefined) await list.write('index', before)
    for (const file of files) await list.write(file, '')
    assert.equal(await next(list), number)
    assert.equal(await list.read('index'), String(number))
  })

test('the index stays the same file with mode 0600, and numbers go on', async () => {
  await using list = await scratchList()
  assert.equal(await next(list), 1)
  const { ino, mode } = await stat(list.path('index'))
  assert.equal(mode & 0o777, 0o600)
  assert.equal(await next(list), 2)
  assert.equal((await stat(list.path('index'))).ino, ino)
})

test('a list without archive and requeue can number too', async () => {
  await using list = await scratchList()
  for (const name of ['archive', 'requeue']) await rm(list.path(name), { recursive: true })
  assert.equal(await next(list), 1)
})

test('numbers that are used up, and an index that is no file, are faults', async () => {
  await using list = await scratchList()
  await list.write('archive/2147483647', '')
  await list.write('index', 'x')
  await assert.rejects(next(list), { code: 'spoolTrouble' })
  await rm(list.path('index'))
  await mkdir(list.path('index'))
  await assert.rejects(next(list), { code: 'spoolTrouble' })
  await rm(list.path('index'), { recursive: true })
  spawnSync('mkfifo', [list.path('index')])
  await assert.rejects(next(list), { code: 'spoolTrouble' })
})
