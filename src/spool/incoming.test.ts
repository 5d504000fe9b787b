import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { isFault } from '../base/fault.ts'
import {
  adoptIncoming,
  arrivalOf,
  dropIncoming,
  storeIncoming,
  waitingIncoming,
} from './incoming.ts'
import { mailIdOf } from './mail-id.ts'

const id = '0123456789abcdef'

async function* chunks(...parts: readonly string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part, 'latin1'))
}

test('storeIncoming() keeps every byte, in a file for the owner alone', async (t) => {
  const dir = scratchList(t)
  const stored = await storeIncoming(dir, id, chunks('a\0\r\r\n', '\xff no end'))
  assert.deepEqual(stored, { id, bytes: 13 })
  const path = join(dir, 'incoming', id)
  assert.equal(readFileSync(path, 'latin1'), 'a\0\r\r\n\xff no end')
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('storeIncoming() leaves nothing of a mail that broke off', async (t) => {
  const dir = scratchList(t)
  async function* broken() {
    yield await Promise.resolve(Buffer.from('half a mail'))
    throw new TypeError('the sender went away')
  }
  await assert.rejects(storeIncoming(dir, id, broken()))
  assert.deepEqual(readdirSync(join(dir, 'incoming')), [])
  assert.deepEqual(readdirSync(join(dir, '.mlmmj-ts')), [])
})

test('storeIncoming() never touches a mail that has the same id', async (t) => {
  const dir = scratchList(t)
  await storeIncoming(dir, id, chunks('first'), { sender: 'ann@example.org', extension: '' })
  const again = storeIncoming(dir, id, chunks('second'), {
    sender: 'bob@example.org',
    extension: '',
  })
  await assert.rejects(again, (thrown) => isFault(thrown, 'spoolTrouble'))
  await assert.rejects(storeIncoming(dir, id, chunks('third')))
  const names = [id, `${id}.envelope`]
  assert.deepEqual(readdirSync(join(dir, 'incoming')).sort(), names)
  assert.equal(readFileSync(join(dir, 'incoming', id), 'latin1'), 'first')
  assert.equal((await arrivalOf(dir, mailIdOf(id))).sender, 'ann@example.org')
  assert.deepEqual(readdirSync(join(dir, '.mlmmj-ts')), [])
})

test('storeIncoming() keeps what the bringer knew, for whoever processes the mail later', async (t) => {
  const dir = scratchList(t)
  const arrival = { sender: 'j\xc3\xb6@example.org', extension: 'help' }
  const stored = await storeIncoming(dir, id, chunks('x'), arrival)
  assert.deepEqual(await arrivalOf(dir, stored.id), arrival)
  await dropIncoming(dir, stored.id)
  assert.deepEqual(readdirSync(join(dir, 'incoming')), [])
  assert.deepEqual(await arrivalOf(dir, stored.id), { sender: undefined, extension: undefined })
})

test('arrivalOf() takes damaged notes for none', async (t) => {
  const dir = scratchList(t)
  const { id: stored } = await storeIncoming(dir, id, chunks('x'))
  writeFileSync(join(dir, `incoming/${id}.envelope`), '{"sender":')
  assert.deepEqual(await arrivalOf(dir, stored), { sender: undefined, extension: undefined })
})

test('waitingIncoming() tells mails by age and knows them from other files', async (t) => {
  const dir = scratchList(t)
  for (const [name, age] of [
    ['a'.repeat(16), 10],
    ['b'.repeat(16), 20],
  ] as const) {
    writeFileSync(join(dir, 'incoming', name), 'x')
    utimesSync(join(dir, 'incoming', name), 1_000 - age, 1_000 - age)
  }
  writeFileSync(join(dir, 'incoming/readme'), 'x')
  writeFileSync(join(dir, `incoming/${'a'.repeat(16)}.envelope`), '{}')
  assert.deepEqual(await waitingIncoming(dir, 1_000_000), [
    { id: 'b'.repeat(16), age: 20_000, hasEnvelope: false },
    { id: 'a'.repeat(16), age: 10_000, hasEnvelope: true },
  ])
})

test('adoptIncoming() knows its own files, and takes over others', async (t) => {
  const dir = scratchList(t)
  writeFileSync(join(dir, 'incoming', id), 'here')
  assert.equal(await adoptIncoming(dir, join(dir, 'incoming', id), () => 'f'.repeat(16)), id)
  writeFileSync(join(dir, 'elsewhere.eml'), 'there')
  const adopted = await adoptIncoming(dir, join(dir, 'elsewhere.eml'), () => 'f'.repeat(16))
  assert.equal(readFileSync(join(dir, 'incoming', adopted), 'latin1'), 'there')
  assert.equal(existsSync(join(dir, 'elsewhere.eml')), false)
  await assert.rejects(
    adoptIncoming(dir, join(dir, 'nowhere'), () => 'e'.repeat(16)),
    (thrown) => isFault(thrown, 'noSuchFile'),
  )
})
