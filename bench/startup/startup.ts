import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ScratchList, scratchList } from '../../test/_list.ts'
import { post } from '../../test/_mail.ts'
import { deadPort } from '../../test/_sink.ts'
import { until } from '../../test/_until.ts'
import { median, table } from '../_measure.ts'

// What does a mail cost that a mail server pipes into a program, beside the start of Node itself?
// npm run bench -- startup [ROUNDS]
const rounds = Number(process.argv[2] ?? 21)

const mail = post({ sender: 'joe@example.org' }).padEnd(4_095, '.') + '\n'
const env = { PATH: `${process.env['PATH']}`, SENDER: 'joe@example.org' }

/** A mail's way to disk and nothing else: what no program that keeps mail can leave out. */
const twoSyncs = `
const { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } = require('fs')
const [, dir] = process.argv
const name = dir + '/incoming/' + process.pid
const file = openSync(name + '.draft', 'wx', 0o600)
writeSync(file, readFileSync(0))
fsyncSync(file)
closeSync(file)
linkSync(name + '.draft', name)
unlinkSync(name + '.draft')
const shelf = openSync(dir + '/incoming')
fsyncSync(shelf)
`

interface Rival {
  readonly name: string
  readonly path: string
  readonly args: readonly string[]
}

await using list = await scratchList({ subscribers: [] })
await using other = await scratchList({ subscribers: [] })
await using served = await startService()

const bare: Rival = { name: 'node -e 0', path: 'node', args: ['-e', '0'] }
const synced: Rival = {
  name: 'node -e, the mail written and two fsyncs',
  path: 'node',
  args: ['-e', twoSyncs, other.dir],
}
const rivals: Rival[] = [
  bare,
  synced,
  { name: 'mlmmj-receive -P', path: 'bin/mlmmj-receive', args: ['-P', '-L', list.dir] },
  { name: 'mlmmj-receive', path: 'bin/mlmmj-receive', args: ['-L', list.dir] },
  { name: 'postfix_incoming', path: 'dist/postfix_incoming.cjs', args: served.args },
]
const debian = '/usr/bin/mlmmj-receive'
if (existsSync(debian))
  rivals.push(
    { name: 'mlmmj 1.3.0: mlmmj-receive -P', path: debian, args: ['-P', '-L', other.dir] },
    { name: 'mlmmj 1.3.0: mlmmj-receive', path: debian, args: ['-L', other.dir] },
  )

const results = new Map(rivals.map(({ name }) => [name, [] as number[]]))
for (let round = 0; round < rounds; round++)
  for (const rival of rivals) {
    results.get(rival.name)?.push(timeOf(rival))
    // What it started has its own time, and shall not take the next one's.
    await until(() => [list, other].every(isLeftAlone), 20_000)
  }

const of = ({ name }: Rival) => median(results.get(name) ?? [])
const ratio = (one: Rival, yardstick: Rival) => `x${(of(one) / of(yardstick)).toFixed(2)}`
process.stdout.write(
  `${table([
    ['program', 'ms', 'least', 'to node -e 0', 'to node and fsyncs'],
    ...rivals.map((rival) => [
      rival.name,
      of(rival).toFixed(1),
      Math.min(...(results.get(rival.name) ?? [])).toFixed(1),
      ratio(rival, bare),
      ratio(rival, synced),
    ]),
  ])}\n`,
)

/** From the start to the end of a program that gets the mail through a pipe, in milliseconds. */
function timeOf({ name, path, args }: Rival): number {
  const began = performance.now()
  const { status, stderr } = spawnSync(path, args, {
    env,
    input: mail,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const ms = performance.now() - began
  if (status !== 0) throw new Error(`${name} ended with ${String(status)}: ${stderr.toString()}`)
  return ms
}

/** Whether no process works for the list. */
function isLeftAlone({ dir }: ScratchList): boolean {
  return !readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(dir))
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

/** The service as a program of its own, and how the pipe client reaches a list of it. */
async function startService(): Promise<{ readonly args: readonly string[] } & AsyncDisposable> {
  const scratch = mkdtempSync(join(tmpdir(), 'mlmmj-bench-'))
  const spool = join(scratch, 'spool')
  await scratchList({ below: spool, subscribers: [] })
  const [http, lmtp, socketmap] = [await deadPort(), await deadPort(), await deadPort()]
  const service = spawn('node', ['dist/mlmmj-listener.cjs'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: env.PATH,
      MLMMJ_SPOOL: spool,
      MLMMJ_CONF: scratch,
      MLMMJ_HTTP_PORT: `${http}`,
      MLMMJ_LMTP_PORT: `${lmtp}`,
      MLMMJ_SOCKETMAP_PORT: `${socketmap}`,
      MLMMJ_POSTMAP: '/nonexistent/postmap',
    },
  })
  await until(() => answers(http), 20_000)
  const token = join(scratch, 'listener.token')
  const where = ['--mlmmj', '127.0.0.1', '--port', `${http}`, '--token-file', token]
  return {
    args: [...where, '--sender', env.SENDER, '--recipient', 'talk@example.org', 'talk'],
    async [Symbol.asyncDispose]() {
      await ended(service)
      rmSync(scratch, { recursive: true })
    },
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok
  } catch {
    return false
  }
}

async function ended(service: ChildProcess): Promise<void> {
  service.kill()
  await until(() => service.exitCode !== null || service.signalCode !== null, 20_000)
}
