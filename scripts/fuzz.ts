// Hostile input, made by rules and from a seed: npm run fuzz -- --seconds N --seed S
// --cases N instead of --seconds plays so many cases of each target; --only NAME plays one target.
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { broken } from '../test/fuzz/_broken.ts'
import { targets } from '../test/fuzz/_targets.ts'

interface Order {
  readonly name: string
  readonly seed: number
  /** For each target; whichever comes first ends it. */
  readonly seconds: number
  readonly cases: number
  /** The number of the case that is being played. */
  readonly place: SharedArrayBuffer
}

interface Played {
  readonly cases: number
  readonly slowestMs: number
  readonly findings: readonly string[]
}

const all = [...targets, ...broken]
/** Findings of a target that are told; one fault often has many. */
const mostTold = 5
const mostMegabytes = 1_024
/** A target may take so long to be ready. */
const startMs = 60_000

if (isMainThread) await main()
else await play(workerData as Order)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      cases: { type: 'string', default: '0' },
      only: { type: 'string' },
      /** Seconds after which a case that has not ended is given up. */
      patience: { type: 'string', default: '60' },
    },
  })
  const [seed, patience, cases] = [
    Number(values.seed),
    Number(values.patience),
    Number(values.cases),
  ]
  const chosen =
    values.only === undefined ? targets : all.filter(({ name }) => name === values.only)
  process.stdout.write(`fuzz: seed ${seed}\n`)
  let [passed, failed] = [0, 0]
  for (const { name } of chosen) {
    const place = new SharedArrayBuffer(4)
    const seconds = cases > 0 ? Infinity : Number(values.seconds) / chosen.length
    const order = { name, seed, seconds, cases: cases > 0 ? cases : Infinity, place }
    const { cases: count, slowestMs, findings } = await watched(order, patience * 1_000)
    const slowest = slowestMs.toFixed(slowestMs < 10 ? 1 : 0)
    process.stdout.write(
      `${name.padEnd(28)} ${String(count).padStart(8)} cases, slowest ${slowest.padStart(6)} ms, findings: ${findings.length}\n`,
    )
    for (const finding of findings.slice(0, mostTold)) process.stdout.write(`  ${finding}\n`)
    failed += findings.length
    passed += Math.max(0, count - findings.length)
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 || chosen.length === 0 ? 1 : 0
}

/** Plays a target in a thread of its own, which is ended when a case does not end by itself. */
async function watched(order: Order, patienceMs: number): Promise<Played> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
  })
  const place = new Int32Array(order.place)
  const given = (why: string): Played => {
    const at = Atomics.load(place, 0)
    return {
      cases: at,
      slowestMs: patienceMs,
      findings: [`${why} at case ${at} of seed ${order.seed}`],
    }
  }
  return await new Promise<Played>((resolve) => {
    let [last, since] = [0, performance.now()]
    const watch = setInterval(() => {
      const now = Atomics.load(place, 0)
      if (now !== last) [last, since] = [now, performance.now()]
      else if (performance.now() - since > (now === 0 ? startMs : patienceMs))
        end(given(`no end within ${patienceMs} ms`))
    }, 200)
    const end = (played: Played) => {
      clearInterval(watch)
      void worker.terminate().then(() => resolve(played))
    }
    worker.once('message', (played: Played) => end(played))
    worker.once('error', (error) => end(given(String(error.stack ?? error))))
  })
}

async function play({ name, seed, seconds, cases, place }: Order): Promise<void> {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no target ${name}`)
  const opened = await found.open(seed)
  const at = new Int32Array(place)
  const findings: string[] = []
  let [slowestMs, count] = [0, 0]
  const end = performance.now() + seconds * 1_000
  // Nothing that a case has left behind may go unseen.
  process.on('unhandledRejection', (thrown) => {
    findings.push(`unhandled: ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
  })
  while (count < cases && performance.now() < end) {
    Atomics.store(at, 0, ++count)
    const { ms, finding } = await opened.next()
    slowestMs = Math.max(slowestMs, ms)
    if (finding !== undefined) findings.push(`case ${count}: ${finding}`)
  }
  await opened.close()
  parentPort?.postMessage({ cases: count, slowestMs, findings } satisfies Played)
}
