import assert from 'node:assert/strict'
import { chmod, cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { command, ours, run, start } from '../_program.ts'

const many = 200_000
/** Far too little for all addresses at once (MiB of heap). */
const smallHeap = { NODE_OPTIONS: '--max-old-space-size=24' }

async function crowdedList() {
  return await scratchList({
    subscribers: Array.from({ length: many }, (_, at) => `${'abcd'[at % 4]}${at}@example.org`),
  })
}

test('mlmmj-list streams any number of subscribers in little memory', async () => {
  await using list = await crowdedList()
  for (const more of [[], ['--json']]) {
    const args = ['-L', list.dir, ...more]
    const ended = await command(ours, 'mlmmj-list', args, { env: smallHeap })
    assert.equal(ended.code, 0, ended.stderr.slice(0, 500))
    const found =
      more.length === 0
        ? ended.stdout.split('\n').slice(0, -1)
        : (JSON.parse(ended.stdout) as string[])
    assert.equal(found.length, many)
  }
})

test('mlmmj-list ends quietly when its reader does', async () => {
  await using list = await crowdedList()
  const { child, ended } = start(join(ours.bin, 'mlmmj-list'), ['-L', list.dir])
  child.stdout?.once('data', () => child.stdout?.destroy())
  const { code, signal, stderr } = await ended
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
})

test('mlmmj-sub --file subscribes what it can, and ends with 65 when it could not all', async () => {
  await using list = await scratchList({ subscribers: [] })
  const addresses = Array.from({ length: 100_000 }, (_, at) => `user${at}@example.org\n`)
  const stdin = `${addresses.join('')}no address\n`
  const added = await command(ours, 'mlmmj-sub', ['-L', list.dir, '--file', '-'], { stdin })
  assert.equal(added.code, 65)
  assert.match(added.stderr, /^line 100001: "no address" .*\nsubscribed: 100000,/)
  assert.equal((await list.members()).length, 100_000)
  const file = list.path('leaving')
  await writeFile(file, addresses.slice(1).join(''))
  const removed = await command(ours, 'mlmmj-unsub', ['-L', list.dir, '--file', file])
  assert.equal(removed.code, 0, removed.stderr)
  assert.deepEqual(await list.members(), ['user0@example.org'])
})

test('programs that were not built say what to do', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'unbuilt-'))
  try {
    await cp(ours.bin, join(dir, 'bin'), { recursive: true })
    const sub = await run(join(dir, 'bin', 'mlmmj-sub'), ['-h'])
    assert.equal(sub.code, 69)
    assert.match(sub.stderr, /^mlmmj-sub: .* run npm ci .*\n$/)
    for (const name of ['mlmmj-receive', 'mlmmj-recieve', 'mlmmj-process']) {
      const { code, stderr } = await run(join(dir, 'bin', name), ['-L', dir])
      assert.equal(code, 75)
      assert.match(stderr, /^4\.3\.0 /)
    }
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('mlmmj-receive never fails with a code that a mail server takes for a bounce', async () => {
  for (const args of [[], ['-L'], ['-L', '/nonexistent'], ['--lsit', 'x']]) {
    const { code, stderr } = await command(ours, 'mlmmj-receive', args)
    assert.equal(code, 75)
    assert.match(stderr, /^4\.\d\.\d mlmmj-receive: /)
  }
})

test('mlmmj-ts runs the commands and explains them', async () => {
  await using list = await scratchList({ subscribers: [] })
  const sub = await command(ours, 'mlmmj-ts', ['sub', '--list', list.dir, 'ann@example.org'])
  assert.equal(sub.code, 0, sub.stderr)
  assert.deepEqual(await list.members(), ['ann@example.org'])
  assert.match((await command(ours, 'mlmmj-ts', [])).stdout, /^Usage: mlmmj-ts /)
  const words = ['--get-yargs-completions', 'mlmmj-sub', '--']
  assert.match((await command(ours, 'mlmmj-ts', words)).stdout, /^--digest$/m)
})

test('mlmmj-make-ml and mlmmj-sub may be run at the same time', async () => {
  await using parent = await scratchList()
  const spool = parent.path('spool')
  const about = ['-d', 'example.org', '--owner', 'ann@example.org', '--json']
  const made = await Promise.all(
    Array.from({ length: 5 }, () =>
      command(ours, 'mlmmj-make-ml', ['-s', spool, '-L', 'talk', ...about]),
    ),
  )
  const results = made.map(({ stdout }) => (JSON.parse(stdout) as { result: string }).result)
  assert.deepEqual(results.sort(), ['made', 'there', 'there', 'there', 'there'])
  const list = `${spool}/talk`
  const names = Array.from({ length: 10 }, (_, at) => `user${at}@example.org`)
  await Promise.all(names.map((name) => command(ours, 'mlmmj-sub', ['-L', list, '-a', name])))
  const { stdout } = await command(ours, 'mlmmj-list', ['-L', list])
  assert.deepEqual(stdout.trim().split('\n').sort(), names)
})

const root = process.geteuid?.() === 0

test(
  'mlmmj-sub as root becomes the owner, after it has opened the file of addresses',
  { skip: root ? false : 'only root can become somebody else' },
  async () => {
    const nobody = 65_534
    await using list = await scratchList({ subscribers: [] })
    await using outside = await scratchList({ files: { private: 'ann@example.org\n' } })
    await list.giveTo(nobody, nobody)
    await chmod(list.path('..'), 0o755)
    const args = ['-L', list.dir, '--file', outside.path('private')]
    const { code, stderr } = await command(ours, 'mlmmj-sub', args)
    assert.equal(code, 0, stderr)
    const { uid, gid } = await stat(list.path('subscribers.d/a'))
    assert.deepEqual([uid, gid], [nobody, nobody])
  },
)
