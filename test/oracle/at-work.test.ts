import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, utimes } from 'node:fs/promises'
import { test } from 'node:test'
import { scratchList, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, ours, withoutDebian } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { until } from '../_until.ts'

/** Debian's mlmmj-receive with its input still open. */
function receiving({ dir }: ScratchList, ...flags: readonly string[]) {
  return spawn('/usr/bin/mlmmj-receive', [...flags, '-L', dir], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
}

/** The mail in incoming/, once something of it has been written. */
async function written(list: ScratchList): Promise<string> {
  await until(async () => {
    const [name] = await list.names('incoming')
    return name !== undefined && (await stat(list.path(`incoming/${name}`))).size > 0
  })
  return (await list.names('incoming'))[0] ?? ''
}

test(
  "a mail that Debian's mlmmj-receive is still writing is left to it, and comes whole and once",
  { skip: withoutDebian },
  async () => {
    await using sink = await startSink()
    await using list = await scratchList({ port: sink.port, subscribers: ['ann@example.org'] })
    const mail = post({ subject: 'slow' }) + 'the last line\n'
    const slow = receiving(list, '-F')
    slow.stdin.write(mail.slice(0, -14))
    const name = await written(list)
    const { code } = await command(ours, 'mlmmj-receive', ['-F', '-L', list.dir], {
      stdin: post({ subject: 'quick' }),
    })
    assert.equal(code, 0)
    assert.equal((await command(ours, 'mlmmj-maintd', ['-F', '-L', list.dir])).code, 0)
    assert.deepEqual(await list.names('incoming'), [name])
    slow.stdin.end(mail.slice(-14))
    assert.deepEqual(await once(slow, 'close'), [0, null])
    const subjects = sink.taken.map(({ mail }) => /^Subject: (.*)\r$/m.exec(`${mail}`)?.[1])
    assert.deepEqual(subjects, ['quick', 'slow'])
    assert.match(await readFile(list.path('archive/2'), 'latin1'), /\nthe last line\n/)
    assert.deepEqual(await list.names('incoming'), [])
  },
)

test(
  "a mail that Debian's mlmmj-receive left unfinished is found by the next worker",
  { skip: withoutDebian },
  async () => {
    await using sink = await startSink()
    await using list = await scratchList({ port: sink.port, subscribers: ['ann@example.org'] })
    const killed = receiving(list)
    killed.stdin.write(post({ subject: 'cut short' }))
    await written(list)
    killed.kill('SIGKILL')
    await once(killed, 'close')
    assert.equal((await command(ours, 'mlmmj-maintd', ['-F', '-L', list.dir])).code, 0)
    assert.equal(sink.taken.length, 1)
  },
)

test(
  "a mail that Debian's mlmmj-receive has not written to for an hour waits no longer",
  { skip: withoutDebian },
  async () => {
    await using sink = await startSink()
    await using list = await scratchList({ port: sink.port, subscribers: ['ann@example.org'] })
    const stuck = receiving(list)
    stuck.stdin.write(post({ subject: 'stuck' }))
    const name = await written(list)
    const longAgo = Date.now() / 1000 - 3_700
    await utimes(list.path(`incoming/${name}`), longAgo, longAgo)
    assert.equal((await command(ours, 'mlmmj-maintd', ['-F', '-L', list.dir])).code, 0)
    assert.equal(sink.taken.length, 1)
    stuck.kill('SIGKILL')
    await once(stuck, 'close')
  },
)
