import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { outputTo } from './_output.ts'
import { tempDir } from './_trial.ts'

/** A pipe of which the test holds both ends, and the stream that a process would have for it. */
async function pipe() {
  const dir = await tempDir()
  const path = join(dir.path, 'pipe')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  const streamed: Buffer[] = []
  let opened = 0
  const stream = () => {
    opened += 1
    return new Writable({
      write: (chunk: Buffer, _, done) => {
        streamed.push(chunk)
        setImmediate(done)
      },
    })
  }
  const room = Buffer.alloc(1_000_000)
  return {
    reader,
    output: outputTo(writer, stream),
    read: () => room.toString('latin1', 0, readSync(reader, room)),
    streamed: () => Buffer.concat(streamed).toString('latin1'),
    opened: () => opened,
    [Symbol.asyncDispose]: async () => {
      closeSync(writer)
      await dir[Symbol.asyncDispose]()
    },
  }
}

test('output goes to the file descriptor, and no stream is made', async () => {
  await using to = await pipe()
  assert.equal(await to.output.write('one é '), true)
  assert.equal(await to.output.write(Buffer.from('two')), true)
  assert.equal(Buffer.from(to.read(), 'latin1').toString(), 'one é two')
  assert.equal(to.opened(), 0)
  closeSync(to.reader)
})

test('what a pipe has no room for goes to the stream, and so does all that follows', async () => {
  await using to = await pipe()
  const text = Array.from({ length: 30_000 }, (_, at) => `line ${at}\n`).join('')
  assert.equal(await to.output.write(text), true)
  const begun = to.read()
  assert.equal(begun + to.streamed(), text)
  assert.ok(begun.length > 0 && to.streamed().length > 0)
  await to.output.write('more')
  assert.equal(begun + to.streamed(), `${text}more`)
  assert.equal(to.opened(), 1)
  closeSync(to.reader)
})

test('a reader that has gone is told to who writes, and is no fault', async () => {
  await using to = await pipe()
  closeSync(to.reader)
  assert.equal(await to.output.write('one'), false)
  assert.equal(await to.output.write('two'), false)
  assert.equal(to.opened(), 0)
})
