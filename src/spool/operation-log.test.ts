import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { stat, symlink } from 'node:fs/promises'
import { test } from 'node:test'
import { scratchList } from './_scratch-list.ts'
import { logOperation } from './operation-log.ts'

const stamp = 'Tue Nov 14 22:13:20 2023'
const name = 'mlmmj.operation.log'

test('a line is the stamp, a blank and the text, in a file of mode 0600', async () => {
  await using list = await scratchList()
  await logOperation(list.dir, 'ann@example.org requested help', stamp)
  await logOperation(list.dir, 'second', stamp)
  assert.equal(await list.read(name), `${stamp} ann@example.org requested help\n${stamp} second\n`)
  assert.equal((await stat(list.path(name))).mode & 0o777, 0o600)
})

test('control characters cannot make a second line; other bytes stay', async () => {
  await using list = await scratchList()
  await logOperation(list.dir, 'a\r\nb\x00\x1b[31m\x7f\xe9', stamp)
  assert.equal(await list.read(name), `${stamp} a  b  [31m \xe9\n`)
})

test('a log above 524288 bytes is put aside, once, and not before', async () => {
  await using list = await scratchList()
  await list.write(name, 'x'.repeat(524_288))
  await logOperation(list.dir, 'last', stamp)
  assert.equal(await list.read(`${name}.rotated`), undefined)
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => logOperation(list.dir, `new ${n}`, stamp)),
  )
  assert.ok((await list.read(`${name}.rotated`))?.startsWith('xxx'))
  const both = `${await list.read(`${name}.rotated`)}${await list.read(name)}`
  assert.equal(both.match(/ new \d+\n/g)?.length, 20)
  assert.ok(((await list.read(name)) ?? '').length < 1_000)
})

test('a link is followed and never put aside; a FIFO is a fault, not a hang', async () => {
  await using list = await scratchList()
  await list.write('elsewhere', 'x'.repeat(600_000))
  await symlink('elsewhere', list.path(name))
  await logOperation(list.dir, 'here', stamp)
  assert.ok((await list.read('elsewhere'))?.endsWith(`${stamp} here\n`))
  await using other = await scratchList()
  spawnSync('mkfifo', [other.path(name)])
  await assert.rejects(logOperation(other.dir, 'x', stamp), { code: 'spoolTrouble' })
})

test('a line that a hostile header would make endless is cut', async () => {
  await using list = await scratchList()
  await logOperation(list.dir, 'x'.repeat(1_000_000), stamp)
  assert.ok(((await list.read(name)) ?? '').length < 5_000)
})
