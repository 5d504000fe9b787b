import assert from 'node:assert/strict'
import { chown, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList, type ScratchList } from './_scratch-list.ts'
import { inHandsOfMlmmj } from './mlmmj-at-work.ts'

const [mine, other] = ['a'.repeat(16), 'b'.repeat(16)]

/** A /proc of these processes: the name of each, and how it was called. */
async function procOf(
  list: ScratchList,
  processes: readonly (readonly [string, ...string[]])[],
): Promise<string> {
  await list.write('proc/locks', '')
  for (const [n, [name, ...argv]] of processes.entries()) {
    await list.write(`proc/${n + 2}/comm`, `${name}\n`)
    await list.write(`proc/${n + 2}/status`, statusOf(process.getuid?.() ?? 0))
    await list.write(`proc/${n + 2}/cmdline`, argv.map((word) => `${word}\0`).join(''))
  }
  return list.path('proc')
}

/** As the kernel shows who started it, and whose rights it has. */
function statusOf(uid: number): string {
  return `Name:\tmlmmj-receive\nUid:\t${uid}\t0\t0\t0\nGid:\t0\t0\t0\t0\n`
}

async function taken(listDir: string, procDir: string): Promise<readonly boolean[]> {
  const isTaken = await inHandsOfMlmmj(listDir, procDir)
  return [mine, other].map(isTaken)
}

test('inHandsOfMlmmj() names the mail that mlmmj-process is given', async () => {
  await using list = await scratchList()
  const { dir } = list
  await symlink(dir, list.path('also'))
  for (const args of [
    ['-L', dir, '-m', `${dir}/incoming/${mine}`],
    [`-L${dir}/`, `-m${dir}/incoming/${mine}`],
    ['-m', `incoming/${mine}`, '-L', list.path('also')],
    ['-L', 'talk', '-m', `talk/incoming/${mine}`],
  ]) {
    const proc = await procOf(list, [['mlmmj-process', '/usr/bin/mlmmj-process', ...args]])
    assert.deepEqual(await taken(dir, proc), [true, false], args.join(' '))
  }
})

test('inHandsOfMlmmj() takes every mail for taken while mlmmj-receive writes one', async () => {
  await using list = await scratchList()
  for (const name of ['mlmmj-receive', 'mlmmj-recieve']) {
    const proc = await procOf(list, [[name, `/usr/bin/${name}`, '-F', '-L', list.dir]])
    assert.deepEqual(await taken(list.dir, proc), [true, true])
  }
})

test('inHandsOfMlmmj() knows other lists, other programs and our own from it', async () => {
  await using list = await scratchList()
  await using elsewhere = await scratchList()
  const { dir } = list
  const proc = await procOf(list, [
    ['mlmmj-receive', '/usr/bin/mlmmj-receive', '-L', elsewhere.dir],
    ['mlmmj-receive', '/usr/bin/mlmmj-receive', '-L', `${dir}-gone`],
    ['mlmmj-process', '/usr/bin/mlmmj-process', '-L', elsewhere.dir, '-m', mine],
    ['mlmmj-receive', '/bin/sh', 'bin/mlmmj-receive', '-L', dir],
    ['node', '/usr/bin/node', 'bin/mlmmj-receive', '-L', dir],
    ['mlmmj-maintd', '/usr/bin/mlmmj-maintd', '-L', dir],
    // It ended meanwhile.
    ['mlmmj-receive'],
  ])
  await list.write('proc/99/stat', '')
  assert.deepEqual(await taken(dir, proc), [false, false])
  assert.deepEqual(await taken(dir, join(proc, 'nothing')), [false, false])
})

test(
  'inHandsOfMlmmj() believes nobody but root and the owner of the list',
  { skip: process.getuid?.() !== 0 && 'only root can be somebody else' },
  async () => {
    await using list = await scratchList()
    const proc = await procOf(list, [['mlmmj-receive', '/usr/bin/mlmmj-receive', '-L', list.dir]])
    await chown(list.dir, 54_321, 54_321)
    assert.deepEqual(await taken(list.dir, proc), [true, true])
    await list.write('proc/2/status', statusOf(54_321))
    assert.deepEqual(await taken(list.dir, proc), [true, true])
    await list.write('proc/2/status', statusOf(54_322))
    assert.deepEqual(await taken(list.dir, proc), [false, false])
  },
)
