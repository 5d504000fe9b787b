import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { runWithNode } from '../_other-node.ts'
import { ours, run } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { until } from '../_until.ts'

test('mlmmj-receive returns when the mail is stored, and a worker delivers it', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, subscribers: ['ann@example.org'] })
  const { code, stdout, stderr } = await run(
    join(ours.bin, 'mlmmj-receive'),
    ['-L', list.dir, '-s', 'bob@example.net'],
    { stdin: post() },
  )
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
  await until(() => sink.taken.length === 1, 30_000)
  await until(async () => (await list.names('queue')).join() === 'discarded', 30_000)
})

test('mlmmj-receive works through a link, as it is installed', async () => {
  await using list = await scratchList()
  const link = list.path('linked')
  await symlink(join(ours.bin, 'mlmmj-receive'), link)
  const { code, stderr } = await run(link, ['-P', '-L', list.dir], { stdin: post() })
  assert.equal(code, 0, stderr)
  assert.equal((await list.names('incoming')).length, 1)
})

test('a Node that does not know our flags takes the mail all the same', async () => {
  await using list = await scratchList()
  const strict = 'case $1 in --*) exit 9 ;; esac; exec "$NODE" "$@"'
  const { code, stderr } = await runWithNode(
    strict,
    'mlmmj-receive',
    ['-P', '-L', list.dir],
    post(),
  )
  assert.equal(code, 0, stderr)
  assert.equal((await list.names('incoming')).length, 1)
})

test('what another Node compiled is left aside', async () => {
  await using list = await scratchList()
  const house = await mkdtemp(join(tmpdir(), 'mlmmj-house-'))
  try {
    for (const folder of ['bin', 'dist']) await mkdir(join(house, folder))
    const copied = (await readdir('dist')).filter((name) => name.startsWith('mlmmj-receive.'))
    for (const file of ['bin/mlmmj-receive', 'bin/_fail.cjs', ...copied.map((f) => `dist/${f}`)])
      await copyFile(file, join(house, file))
    for (const how of ['plain', 'flags']) {
      const kept = join(house, 'dist', `mlmmj-receive.${how}`)
      const bytes = await readFile(kept)
      const [, length = '', node = ''] = /^(\d+) (\S+)\n/.exec(bytes.toString('latin1')) ?? []
      const { size, mtimeMs } = await stat(process.execPath)
      assert.equal(node, [process.version, process.arch, size, Math.trunc(mtimeMs)].join())
      const begin = bytes.indexOf(10) + 1
      // It keeps the form that V8 looks at, and would end the program.
      const code = begin + Number(length)
      const other = Buffer.from(`${length} ${node.replace(/\d+$/, '1')}\n`)
      const noise = Buffer.alloc(bytes.length - code - 64, 0x5a)
      await writeFile(kept, Buffer.concat([other, bytes.subarray(begin, code + 64), noise]))
    }
    for (const [n, program] of [[], [process.execPath]].entries()) {
      const [file = '', ...args] = [...program, join(house, 'bin', 'mlmmj-receive')]
      const ended = await run(file, [...args, '-P', '-L', list.dir], { stdin: post() })
      assert.deepEqual([ended.code, ended.stderr], [0, ''])
      assert.equal((await list.names('incoming')).length, n + 1)
    }
  } finally {
    await rm(house, { recursive: true })
  }
})

test('whatever Node ends with, a mail server is told to try again', async () => {
  await using list = await scratchList()
  for (const end of ['exit 1', 'exit 134', 'kill -9 $$', 'exit 127']) {
    const { code } = await runWithNode(end, 'mlmmj-receive', ['-P', '-L', list.dir])
    assert.equal(code, 75, end)
  }
})

test(
  'mlmmj-receive without a Node tells a mail server to try again',
  // The launcher looks there itself, because mail servers give programs a short PATH.
  { skip: existsSync('/usr/local/bin/node') ? 'there is a node in /usr/local/bin' : false },
  async () => {
    const env = { PATH: '/nonexistent' }
    const { code, stdout } = await run(join(ours.bin, 'mlmmj-receive'), ['-F'], { env })
    assert.equal(code, 75)
    assert.match(stdout, /^4\.3\.5 there is no node /)
  },
)
