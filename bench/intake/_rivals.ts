import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { chown, mkdir, mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scratchList, type ScratchList } from '../../test/_list.ts'
import { deadPort } from '../../test/_sink.ts'
import { pause, until } from '../../test/_until.ts'
import { listUser } from '../../test/postfix/_postfix.ts'
import { holdingPostfix as startHolding } from '../_holding-postfix.ts'
import { memoryOf } from '../_measure.ts'

export const address = 'talk@example.org'

/** Somebody who takes mails from a socket and keeps them. */
export interface Rival extends AsyncDisposable {
  readonly name: string
  readonly port: number
  /** What smtp-source is told besides. */
  readonly dialect: readonly string[]
  /**
   * Makes an end of the mails it took. Answers how many seconds that went on after their acceptance.
   *
   * @throws Error when it has more or fewer mails than it took.
   */
  finish(mails: number): Promise<number>
  /** The most memory that it had since this was asked last, in MB; NaN when that is not one process. */
  memory(): number
}

/** Debian's Postfix as it is delivered, but every mail stays in its hold queue: acceptance alone. */
export async function holdingPostfix(): Promise<Rival> {
  const postfix = await startHolding()
  return {
    name: 'Postfix',
    port: postfix.port,
    dialect: [],
    async finish(mails) {
      await postfix.forget(mails)
      return NaN
    },
    memory: () => NaN,
    [Symbol.asyncDispose]: () => postfix[Symbol.asyncDispose](),
  }
}

/** Our service with one list that nobody reads: posts are processed and archived, none is sent. */
export async function ourService(): Promise<Rival> {
  const scratch = await mkdtemp(join(tmpdir(), 'mlmmj-bench-'))
  const spoolDir = join(scratch, 'spool')
  await mkdir(spoolDir)
  const list = await scratchList({
    address,
    below: spoolDir,
    subscribers: [],
    // smtp-source sends one mail again and again.
    control: { repeatlimit: '1000000\n' },
  })
  await list.giveTo(listUser.uid, listUser.gid)
  for (const dir of [scratch, spoolDir]) await chown(dir, listUser.uid, listUser.gid)
  const port = await deadPort()
  const child = spawn('bin/mlmmj-listener', [], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NODE_OPTIONS: profiling(),
      MLMMJ_SPOOL: spoolDir,
      MLMMJ_CONF: scratch,
      MLMMJ_HTTP_PORT: `${await deadPort()}`,
      MLMMJ_LMTP_PORT: `${port}`,
      MLMMJ_SOCKETMAP_PORT: `${await deadPort()}`,
      MLMMJ_POSTMAP: '/nonexistent/postmap',
      MLMMJ_MAXSIZE: '60000000',
    },
  })
  await until(() => answers(port))
  return new Service(port, child, list, scratch)
}

/** `BENCH_PROFILE=DIR` leaves a CPU profile of the service there. */
function profiling(): string {
  const dir = process.env['BENCH_PROFILE']
  return dir === undefined ? '' : `--cpu-prof --cpu-prof-dir=${dir}`
}

/** When nothing more has been processed for so long, something is wrong. */
const stuckMs = 30_000

class Service implements Rival {
  readonly name = 'mlmmj-ts, LMTP'
  readonly dialect = ['-L']
  readonly port: number
  readonly #child: ChildProcess
  readonly #list: ScratchList
  readonly #scratch: string

  constructor(port: number, child: ChildProcess, list: ScratchList, scratch: string) {
    this.port = port
    this.#child = child
    this.#list = list
    this.#scratch = scratch
  }

  async finish(mails: number): Promise<number> {
    const began = performance.now()
    // They may lie in the journal still, so that incoming/ is empty already.
    let [archived, since] = [mailsIn(this.#list.path('archive')), began]
    while (archived.length < mails && performance.now() - since < stuckMs) {
      await pause(20)
      const now = mailsIn(this.#list.path('archive'))
      if (now.length > archived.length) since = performance.now()
      archived = now
    }
    while (mailsIn(this.#list.path('incoming')).length > 0) await pause(20)
    const seconds = (performance.now() - began) / 1_000
    mustBe(mails, archived.length)
    for (const name of archived) rmSync(this.#list.path('archive', name))
    return seconds
  }

  memory(): number {
    const pid = this.#child.pid ?? 0
    const most = memoryOf(pid)
    // proc(5): sets the peak back to what it has now.
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    return most
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await until(() => this.#child.exitCode !== null || this.#child.signalCode !== null)
    rmSync(this.#scratch, { recursive: true })
  }
}

/** Without sidecars and drafts. */
function mailsIn(dir: string): readonly string[] {
  return readdirSync(dir).filter((name) => /^[0-9a-f]+$/.test(name))
}

function mustBe(mails: number, found: number): void {
  if (found !== mails) throw new Error(`${found} mails are there, and ${mails} were accepted`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('data', () => socket.end('QUIT\r\n') && resolve(true))
  })
}
