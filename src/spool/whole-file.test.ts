import assert from 'node:assert/strict'
import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { contentOf, writeWhole } from './whole-file.ts'

async function scratch() {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-whole-'))
  return {
    path: (name: string) => join(dir, name),
    names: async () => (await readdir(dir)).sort(),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

test('writeWhole() makes a file with its mode and leaves nothing else', async () => {
  await using dir = await scratch()
  await writeWhole(dir.path('a'), Buffer.from('one'), 0o644)
  assert.equal(await readFile(dir.path('a'), 'utf8'), 'one')
  assert.equal((await stat(dir.path('a'))).mode & 0o777, 0o644)
  await writeWhole(dir.path('a'), Buffer.from('two'), 0o600)
  assert.equal((await stat(dir.path('a'))).mode & 0o777, 0o600)
  assert.deepEqual(await dir.names(), ['a'])
})

test('writeWhole() replaces a link instead of writing through it', async () => {
  await using dir = await scratch()
  await writeFile(dir.path('precious'), 'old')
  await symlink('precious', dir.path('a'))
  await writeWhole(dir.path('a'), Buffer.from('new'), 0o644)
  assert.equal(await readFile(dir.path('precious'), 'utf8'), 'old')
  assert.equal(await readFile(dir.path('a'), 'utf8'), 'new')
})

test('writeWhole() removes what a killed writer left, but no draft that is still written', async () => {
  await using dir = await scratch()
  for (const name of ['.a.new-1', '.a.new-2', '.b.new-1']) await writeFile(dir.path(name), '')
  const old = new Date(Date.now() - 120_000)
  for (const name of ['.a.new-1', '.b.new-1']) await utimes(dir.path(name), old, old)
  await writeWhole(dir.path('a'), Buffer.from('x'), 0o644)
  assert.deepEqual(await dir.names(), ['.a.new-2', '.b.new-1', 'a'])
})

test('writeWhole() keeps the old content when there is trouble', async () => {
  await using dir = await scratch()
  await assert.rejects(writeWhole(dir.path('no/such'), Buffer.from('x'), 0o644), (thrown) =>
    isFault(thrown, 'spoolTrouble'),
  )
})

test('contentOf() tells a missing file from one that cannot be read', async () => {
  await using dir = await scratch()
  assert.equal(await contentOf(dir.path('a')), undefined)
  await writeFile(dir.path('a'), 'x')
  assert.deepEqual(await contentOf(dir.path('a')), Buffer.from('x'))
  await chmod(dir.path('a'), 0o644)
  await assert.rejects(contentOf(dir.path('.')), (thrown) => isFault(thrown, 'spoolTrouble'))
})
