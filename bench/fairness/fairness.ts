import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deadPort } from '../../test/_sink.ts'
import { pause, until } from '../../test/_until.ts'
import { scratchList, type ScratchList } from '../../test/_list.ts'
import { CountingSink } from '../_counting-sink.ts'
import { measure, median, table } from '../_measure.ts'
import { addresses } from '../_senders.ts'

// How long does the post of a small list take while the service sends one to a large list?
// npm run bench -- fairness [RECIPIENTS OF THE LARGE LIST [ROUNDS]]
const recipients = Number(process.argv[2] ?? 100_000)
const times = Number(process.argv[3] ?? 5)
const few = 10

/** The service as a program of its own; what it says is heard. */
class Service implements AsyncDisposable {
  readonly lmtp: number
  readonly #child: ChildProcess
  #said = ''

  constructor(scratch: string, lmtp: number, other: readonly [number, number]) {
    this.lmtp = lmtp
    this.#child = spawn('bin/mlmmj-listener', [], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        MLMMJ_SPOOL: join(scratch, 'spool'),
        MLMMJ_CONF: scratch,
        MLMMJ_LMTP_PORT: `${lmtp}`,
        MLMMJ_HTTP_PORT: `${other[0]}`,
        MLMMJ_SOCKETMAP_PORT: `${other[1]}`,
        MLMMJ_POSTMAP: '/nonexistent/postmap',
      },
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
  }

  /** Lines of the log about one list that begin with this event. */
  said(event: string, list: ScratchList): number {
    return this.#said.split('\n').filter((line) => {
      return line.includes(` ${event} `) && line.includes(`list="${list.dir}"`)
    }).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await until(() => this.#child.exitCode !== null || this.#child.signalCode !== null)
  }
}

const scratch = await mkdtemp(join(tmpdir(), 'mlmmj-bench-'))
try {
  await mkdir(join(scratch, 'spool'))
  await using sink = await CountingSink.start()
  const below = join(scratch, 'spool')
  const listOf = (name: string, subscribers: number) =>
    scratchList({
      address: `${name}@example.org`,
      below,
      port: sink.port,
      subscribers: [...addresses(subscribers)],
    })
  const [large, small] = [await listOf('large', recipients), await listOf('small', few)]
  await using service = new Service(scratch, await deadPort(), [await deadPort(), await deadPort()])
  await until(() => answers(service))
  const alone: number[] = []
  const beside: number[] = []
  const whole: number[] = []
  for (let round = 0; round < times; round++) {
    alone.push(await latency(service, small))
    const began = performance.now()
    const before = service.said('delivery-finished', large)
    const done = () => service.said('delivery-finished', large) > before
    await post(service, large)
    await until(() => service.said('post-accepted', large) > before, 60_000)
    // The large post is on its way when the small one comes, three times.
    for (let n = 0; n < 3; n++) {
      await pause(300)
      if (!done()) beside.push(await latency(service, small))
    }
    await until(done, 600_000)
    whole.push(performance.now() - began)
  }
  const seconds = (values: readonly number[]) => (median(values) / 1_000).toFixed(3)
  const worst = (values: readonly number[]) => (Math.max(...values) / 1_000).toFixed(3)
  process.stdout.write(
    `${table([
      ['post', 'seconds until the last 250, median', 'at most', 'posts'],
      [`to ${few}, nothing else going on`, seconds(alone), worst(alone), String(alone.length)],
      [
        `to ${few}, beside the one to ${recipients}`,
        seconds(beside),
        worst(beside),
        String(beside.length),
      ],
      [`to ${recipients}`, seconds(whole), worst(whole), String(whole.length)],
    ])}\n`,
  )
} finally {
  await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
}

/** From handing over a post to the end of its delivery (milliseconds). */
async function latency(service: Service, list: ScratchList): Promise<number> {
  const before = service.said('delivery-finished', list)
  const began = performance.now()
  await post(service, list)
  await until(() => service.said('delivery-finished', list) > before, 60_000)
  return performance.now() - began
}

async function post(service: Service, list: ScratchList): Promise<void> {
  const name = list.dir.split('/').at(-1) ?? ''
  const to = ['-f', 'ann@example.org', '-t', `${name}@example.org`]
  await measure('smtp-source', ['-L', '-m', '1', '-l', '4096', ...to, `127.0.0.1:${service.lmtp}`])
}

async function answers(service: Service): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${service.lmtp}`).then(
    () => true,
    (thrown: unknown) => !JSON.stringify((thrown as Error).cause).includes('ECONNREFUSED'),
  )
}
