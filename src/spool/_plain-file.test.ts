import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { test } from 'node:test'
import { readBeginningNow, shortContentNow } from './_plain-file.ts'
import { scratchList } from './_scratch-list.ts'

/** What shortContentNow() says of the file behind a path. */
function shortContent(path: string): string | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return shortContentNow(file)?.toString('latin1')
  } finally {
    closeSync(file)
  }
}

test('a short file is read without a look at what it is, whatever else is not', async () => {
  await using list = await scratchList()
  for (const size of [1, 2, 511]) {
    await list.write('file', 'x'.repeat(size))
    assert.equal(shortContent(list.path('file')), 'x'.repeat(size))
  }
  for (const size of [0, 512, 513, 100_000]) {
    await list.write('file', 'x'.repeat(size))
    assert.equal(shortContent(list.path('file')), undefined)
    assert.equal(readBeginningNow(list.path('file'), 600)?.length, Math.min(size, 600))
  }
  for (const path of [list.dir, '/dev/null', '/dev/zero', '/dev/urandom'])
    assert.equal(shortContent(path), undefined, path)
})

test('what somebody writes into a FIFO is not read, neither for a short file', async () => {
  await using list = await scratchList()
  const path = list.path('fifo')
  spawnSync('mkfifo', [path])
  const writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  try {
    writeSync(writer, 'a few bytes')
    assert.equal(shortContent(path), undefined)
    assert.equal(readBeginningNow(path, 100), 'strange')
  } finally {
    closeSync(writer)
  }
})

test('the beginning of a file is no longer than wished', async () => {
  await using list = await scratchList()
  for (const size of [0, 3, 10, 11, 600]) {
    await list.write('file', 'x'.repeat(size))
    assert.equal(readBeginningNow(list.path('file'), 10).length, Math.min(size, 10))
  }
  assert.equal(readBeginningNow(list.path('none'), 10), 'nothing')
  assert.equal(readBeginningNow(list.dir, 10), 'strange')
})
