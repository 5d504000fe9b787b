import assert from 'node:assert/strict'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { command, ours, start, type RunOptions } from '../_program.ts'
import { deadPort, startSink } from '../_sink.ts'
import { until } from '../_until.ts'
import { post } from './_service-house.ts'

const program = join(ours.bin, 'mlmmj-listener')

/** Directories and an environment for one service. */
async function place() {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-program-'))
  const [spool, conf] = [join(dir, 'spool'), join(dir, 'conf')]
  await mkdir(conf)
  const env = {
    MLMMJ_SPOOL: spool,
    MLMMJ_CONF: conf,
    MLMMJ_HTTP_PORT: String(await deadPort()),
    MLMMJ_LMTP_PORT: String(await deadPort()),
    MLMMJ_SOCKETMAP_PORT: String(await deadPort()),
    MLMMJ_POSTMAP: '/nonexistent/postmap',
  }
  return {
    ...{ dir, spool, conf, env },
    ports: {
      lmtp: Number(env.MLMMJ_LMTP_PORT),
      http: Number(env.MLMMJ_HTTP_PORT),
      socketmap: Number(env.MLMMJ_SOCKETMAP_PORT),
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** A service as a program; `lines` grows. */
function listening(options: RunOptions) {
  const { child, ended } = start(program, [], { ms: 60_000, ...options })
  const out = { text: '' }
  child.stdout?.on('data', (chunk: Buffer) => (out.text += chunk.toString()))
  return {
    ...{ child, ended, out },
    started: () =>
      until(
        () => out.text.includes(' service-started '),
        10_000,
        () => `a start, not ${out.text}`,
      ),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

test('it starts, says what it is, takes mail, and ends with 0 on SIGTERM', async () => {
  await using sink = await startSink()
  await using here = await place()
  await using service = listening({ env: { ...here.env, POSTFIX_PORT: `${sink.port}` } })
  await service.started()
  assert.match(
    service.out.text,
    new RegExp(`lmtp=${here.ports.lmtp} .*relay="127.0.0.1:${sink.port}"`),
  )
  const asked = await command(ours, 'mlmmj-listener', ['--ready'], { env: here.env })
  assert.deepEqual([asked.code, asked.stdout], [0, 'the service is ready\n'])
  const list = await scratchList({ below: here.spool, control: { relayhost: '' } })
  await post(here, 'talk@example.org')
  await sink.waitFor(3)
  service.child.kill('SIGTERM')
  const { code, took, stdout, stderr } = await service.ended
  assert.deepEqual([code, stderr], [0, ''])
  assert.ok(took < 20_000)
  const lines = stdout.trimEnd().split('\n')
  for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z [a-z-]+( [a-z]+=\S.*)*$/)
  const id = /mail-received .*mail="([0-9a-f]{8})"/.exec(stdout)?.[1]
  assert.ok(lines.some((line) => line.includes('post-accepted') && line.includes(`mail="${id}"`)))
  assert.match(lines.at(-1) ?? '', /service-stopped/)
  const token = (await readFile(join(here.conf, 'listener.token'), 'latin1')).trim()
  assert.equal((await stat(join(here.conf, 'listener.token'))).mode & 0o777, 0o600)
  assert.ok(!stdout.includes(token))
  assert.deepEqual(await list.names('incoming'), [])
})

test('SIGUSR1 runs maintenance, and Ctrl-C ends it too', async () => {
  await using here = await place()
  await using service = listening({ env: here.env })
  await service.started()
  const runs = () => service.out.text.split(' maintenance-finished ').length - 1
  await until(() => runs() === 1)
  service.child.kill('SIGUSR1')
  await until(() => runs() === 2)
  service.child.kill('SIGINT')
  assert.equal((await service.ended).code, 0)
})

test('what a part of it forgot does not keep it from ending', async () => {
  await using here = await place()
  const forgotten = '--import=data:text/javascript,setInterval(()=>undefined,1000)'
  await using service = listening({ env: { ...here.env, NODE_OPTIONS: forgotten } })
  await service.started()
  service.child.kill('SIGTERM')
  const { code, stdout } = await service.ended
  assert.equal(code, 0)
  assert.match(stdout, /service-stopped .*\n$/)
})

test('two services at once: the second says that the port is taken', async () => {
  await using here = await place()
  await using service = listening({ env: here.env })
  await service.started()
  const { code, stderr } = await command(ours, 'mlmmj-listener', [], { env: here.env })
  assert.notEqual(code, 0)
  assert.match(stderr, new RegExp(`port ${here.ports.lmtp} of 127\\.0\\.0\\.1`))
})

test('a weak token and a service that is not there are told in a sentence', async () => {
  await using here = await place()
  const weak = await command(ours, 'mlmmj-listener', [], {
    env: { ...here.env, MLMMJ_TOKEN: 'changeme' },
  })
  assert.equal(weak.code, 78)
  assert.match(weak.stderr, /^mlmmj-listener: the token in MLMMJ_TOKEN /)
  assert.ok(!`${weak.stdout}${weak.stderr}`.includes('changeme'))
  const absent = await command(ours, 'mlmmj-listener', ['--ready'], { env: here.env })
  assert.equal(absent.code, 69)
  assert.match(absent.stderr, /no service answers on port/)
})

const notRoot = process.geteuid?.() !== 0 && 'only root can be somebody else'

test(
  'a spool of somebody else is told with the command that mends it',
  { skip: notRoot },
  async () => {
    await using here = await place()
    await mkdir(here.spool)
    await chmod(here.dir, 0o755)
    await chown(here.conf, 4242, 4242)
    const { code, stderr } = await command(ours, 'mlmmj-listener', [], {
      ...{ env: here.env, uid: 4242, gid: 4242 },
    })
    assert.equal(code, 75)
    assert.ok(stderr.includes(`chown 4242:4242 ${here.spool}`), stderr)
  },
)

test('root becomes the owner of the spool, and any uid will do', { skip: notRoot }, async () => {
  await using here = await place()
  await mkdir(here.spool)
  await chmod(here.dir, 0o755)
  for (const dir of [here.spool, here.conf]) await chown(dir, 4242, 4242)
  await using service = listening({ env: here.env })
  await service.started()
  const status = await readFile(`/proc/${service.child.pid}/status`, 'latin1')
  assert.match(status, /^Uid:\t4242\t4242\t4242\t4242$/m)
  assert.equal((await stat(join(here.conf, 'listener.token'))).uid, 4242)
  service.child.kill('SIGTERM')
  assert.equal((await service.ended).code, 0)
})

test(
  'the doctor tells a wrong owner or mode with the command that mends it',
  { skip: notRoot },
  async () => {
    await using here = await place()
    await chmod(here.dir, 0o755)
    const list = await scratchList({ below: here.spool })
    await list.giveTo(4242, 4242)
    const asked = (uid: number) =>
      command(ours, 'mlmmj-doctor', ['-L', list.dir], { uid, gid: uid, env: here.env })
    assert.equal((await asked(4242)).stdout, 'nothing is wrong\n')
    await chown(list.path('archive'), 4243, 4243)
    await chmod(list.path('queue'), 0o500)
    await chown(list.path('subscribers.d/a'), 0, 0)
    await chmod(list.path('subscribers.d/a'), 0o600)
    const { code, stdout } = await asked(4242)
    assert.equal(code, 78)
    for (const line of [
      'archive belongs to uid 4243, and we are uid 4242 and may not write it',
      `    chown 4242:4242 ${list.path('archive')}`,
      'subscribers.d/a belongs to uid 0, so we cannot read it',
      `    chown 4242:4242 ${list.path('subscribers.d/a')}`,
      'queue has mode 500, so we may not write it',
      `    chmod u+rwx ${list.path('queue')}`,
    ])
      assert.ok(stdout.includes(line), stdout)
    const other = await asked(4244)
    assert.ok(
      other.stdout.includes(`belongs to uid 4242, and we are uid 4244\n    chown -R 4244:4244 `),
    )
  },
)
