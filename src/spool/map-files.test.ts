import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { databaseType, makeDatabases, writeMapFiles } from './map-files.ts'

async function scratch() {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-maps-'))
  return {
    dir,
    names: async () => (await readdir(dir)).sort(),
    async program(name: string, script: string) {
      await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`)
      await chmod(join(dir, name), 0o755)
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

const withoutPostmap = existsSync('/usr/sbin/postmap') ? false : 'there is no postmap'

test('writeMapFiles() writes only what differs, readable for all', async () => {
  await using place = await scratch()
  const write = (virtual: string) =>
    writeMapFiles(place.dir, [
      ['transport', 'x'],
      ['virtual', virtual],
    ])
  assert.deepEqual(await write('a'), ['transport', 'virtual'])
  const { ino } = await stat(join(place.dir, 'virtual'))
  assert.deepEqual(await write('a'), [])
  assert.equal((await stat(join(place.dir, 'virtual'))).ino, ino)
  assert.deepEqual(await write('b'), ['virtual'])
  assert.equal(await readFile(join(place.dir, 'virtual'), 'utf8'), 'b')
  assert.equal((await stat(join(place.dir, 'virtual'))).mode & 0o777, 0o644)
  assert.deepEqual(await place.names(), ['transport', 'virtual'])
})

test('makeDatabases() makes nothing, and says so, without a postmap', async () => {
  await using place = await scratch()
  await writeMapFiles(place.dir, [['virtual', 'a b\n']])
  assert.deepEqual(await makeDatabases(join(place.dir, 'postmap'), place.dir, ['virtual']), [])
  assert.deepEqual(await place.names(), ['virtual'])
})

test('databaseType() prefers lmdb and knows when there is neither', async () => {
  await using place = await scratch()
  const postmap = join(place.dir, 'postmap')
  await place.program('postconf', 'printf "cdb\\nhash\\nlmdb\\n"')
  assert.equal(await databaseType(postmap), 'lmdb')
  await place.program('postconf', 'printf "btree\\nhash\\n"')
  assert.equal(await databaseType(postmap), 'hash')
  await place.program('postconf', 'printf "texthash\\n"')
  assert.equal(await databaseType(postmap), undefined)
})

test('makeDatabases() makes databases that Postfix reads', { skip: withoutPostmap }, async () => {
  await using place = await scratch()
  const postmap = '/usr/sbin/postmap'
  const query = (key: string, type: string) =>
    execFileSync(postmap, ['-q', key, `${type}:${place.dir}/virtual`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  await writeMapFiles(place.dir, [['virtual', '# x\nTalk@example.org talk@localhost.mlmmj\n']])
  const [made] = await makeDatabases(postmap, place.dir, ['virtual'])
  assert.ok(made)
  assert.equal(query('talk@example.org', made.type), 'talk@localhost.mlmmj')
  const file = (await place.names()).find((name) => name !== 'virtual') ?? ''
  assert.equal((await stat(join(place.dir, file))).mode & 0o777, 0o644)

  const { ino } = await stat(join(place.dir, file))
  await makeDatabases(postmap, place.dir, ['virtual'])
  assert.equal((await stat(join(place.dir, file))).ino, ino, 'it was made again for nothing')

  await writeMapFiles(place.dir, [['virtual', 'news@example.org n@localhost.mlmmj\n']])
  const soon = new Date(Date.now() + 5_000)
  await utimes(join(place.dir, 'virtual'), soon, soon)
  await makeDatabases(postmap, place.dir, ['virtual'])
  assert.equal(query('news@example.org', made.type), 'n@localhost.mlmmj')
  assert.deepEqual(await place.names(), ['virtual', file].sort())
})

test('makeDatabases() faults when postmap fails, and keeps the old database', async () => {
  await using place = await scratch()
  await place.program('postconf', 'echo hash')
  await place.program('postmap', 'echo "postmap: fatal: no room" >&2; exit 1')
  await writeFile(join(place.dir, 'virtual.db'), 'old')
  await utimes(join(place.dir, 'virtual.db'), 0, 0)
  await writeMapFiles(place.dir, [['virtual', 'a b\n']])
  await assert.rejects(
    makeDatabases(join(place.dir, 'postmap'), place.dir, ['virtual']),
    (thrown) => isFault(thrown, 'spoolTrouble') && /fatal: no room/.test(thrown.message),
  )
  assert.equal(await readFile(join(place.dir, 'virtual.db'), 'utf8'), 'old')
  assert.deepEqual(await place.names(), ['postconf', 'postmap', 'virtual', 'virtual.db'])
})
