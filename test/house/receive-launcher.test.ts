import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
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
