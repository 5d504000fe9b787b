import { join } from 'node:path'
import { measure, median, table } from '../_measure.ts'
import { writePlot, type Series } from '../_plot.ts'
import { address, holdingPostfix, ourService, type Rival } from './_rivals.ts'

// How many mails a second are accepted, each on disk to stay before its 250?
// npm run bench -- intake [MAILS [ROUNDS [growth]]]
const mails = Number(process.argv[2] ?? 2_000)
const rounds = Number(process.argv[3] ?? 5)
const growth = process.argv[4] !== 'no-growth'

interface Load {
  readonly sessions: number
  readonly bytes: number
  readonly mails: number
}

interface Answer {
  /** Mails accepted in a second. */
  readonly rate: number
  /** Seconds until all that were accepted had been processed. */
  readonly after: number
  readonly mb: number
}

await using postfix = await holdingPostfix()
await using service = await ourService()
const rivals = [postfix, service]

const usual = await compare({ sessions: 10, bytes: 4_096, mails }, rounds)
print(
  ['who takes the mails', 'accepted a second', 'to Postfix', 'processed, seconds later', 'most MB'],
  usual.map(({ rival, rate, after, mb }) => [
    rival.name,
    rate.toFixed(0),
    `x${(rate / (usual[0]?.rate ?? NaN)).toPrecision(2)}`,
    shown(after, 1),
    shown(mb, 0),
  ]),
)

if (growth) {
  await grow('sessions', [1, 10, 50], 'sessions', (sessions) => ({ sessions, bytes: 4_096, mails }))
  const sizes = [1_000, 4_000, 64_000, 1_000_000, 25_000_000]
  await grow('sizes', sizes, 'bytes of a mail', (bytes) => ({
    sessions: 10,
    bytes,
    mails: Math.min(mails, Math.max(20, Math.round(400_000_000 / bytes))),
  }))
}

/** Asks with growing numbers; fewer rounds, since the shape is what is looked for. */
async function grow(
  name: string,
  steps: readonly number[],
  label: string,
  loadOf: (step: number) => Load,
): Promise<void> {
  const series = rivals.map((rival) => ({ name: rival.name, points: [] as [number, number][] }))
  const rows: string[][] = []
  for (const step of steps) {
    const found = await compare(loadOf(step), Math.ceil(rounds / 2))
    found.forEach(({ rate }, n) => series[n]?.points.push([step, rate]))
    rows.push([String(step), ...found.map(({ rate }) => rate.toFixed(1)), shown(found[1]?.mb, 0)])
  }
  print([label, ...rivals.map((rival) => `${rival.name}, a second`), 'our most MB'], rows)
  draw(name, label, series)
}

function draw(name: string, label: string, series: readonly Series[]): void {
  writePlot(join('bench/intake', `${name}.svg`), {
    title: `Mails accepted a second, by ${label}`,
    x: { label, scale: 'log' },
    y: { label: 'mails accepted a second', scale: name === 'sizes' ? 'log' : 'linear' },
    series,
  })
}

/** The rivals take turns, so that what else the machine does meets all of them. */
async function compare(load: Load, rounds: number): Promise<(Answer & { rival: Rival })[]> {
  const found = rivals.map((rival) => ({ rival, answers: [] as Answer[] }))
  for (let round = 0; round < rounds; round++)
    for (const { rival, answers } of found) answers.push(await take(rival, load))
  return found.map(({ rival, answers }) => ({
    rival,
    rate: median(answers.map(({ rate }) => rate)),
    after: median(answers.map(({ after }) => after)),
    mb: Math.max(...answers.map(({ mb }) => mb)),
  }))
}

/** smtp-source ends when its last mail has been answered for, and fails when one is refused. */
async function take(rival: Rival, { sessions, bytes, mails }: Load): Promise<Answer> {
  rival.memory()
  const load = ['-d', '-s', `${sessions}`, '-m', `${mails}`, '-l', `${bytes}`]
  const people = ['-f', 'ann@example.org', '-t', address]
  const { ms } = await measure('smtp-source', [
    ...rival.dialect,
    ...load,
    ...people,
    `127.0.0.1:${rival.port}`,
  ])
  const after = await rival.finish(mails)
  return { rate: (mails / ms) * 1_000, after, mb: rival.memory() }
}

function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${table([head, ...rows])}\n\n`)
}

function shown(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits)
}
