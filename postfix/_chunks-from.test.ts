import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { chunksFrom } from './_chunks-from.ts'

async function all(stream: PassThrough): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of chunksFrom(stream)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a stream is read to its end', async () => {
  const stream = new PassThrough()
  const read = all(stream)
  for (const piece of ['a', 'bc', 'def']) {
    stream.write(piece)
    await turn()
  }
  stream.end('g')
  assert.equal(await read, 'abcdefg')
})

test('a stream that is at its end has nothing', async () => {
  assert.equal(await all(new PassThrough().end()), '')
})

test('no more is read than is taken', async () => {
  const stream = new PassThrough({ highWaterMark: 10 })
  const chunks = chunksFrom(stream)
  stream.write('x'.repeat(10))
  assert.equal((await chunks.next()).done, false)
  for (let i = 0; i < 5; i++) await turn()
  for (const _ of [1, 2, 3, 4]) stream.write('x'.repeat(10))
  for (let i = 0; i < 5; i++) await turn()
  assert.ok(stream.writableLength + stream.readableLength >= 30)
})

test('what the stream breaks with is thrown, after what came before it', async () => {
  const stream = new PassThrough()
  const chunks = chunksFrom(stream)
  stream.write('a')
  assert.equal(String((await chunks.next()).value), 'a')
  stream.destroy(new Error('the disk is gone'))
  await assert.rejects(chunks.next(), /the disk is gone/)
})

test('a stream that closes before its end is broken', async () => {
  const stream = new PassThrough()
  const read = all(stream)
  stream.write('half')
  await turn()
  stream.destroy()
  await assert.rejects(read, /closed before its end/)
})
