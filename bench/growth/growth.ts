import { CountingSink } from '../_counting-sink.ts'
import { type Measured, median, table } from '../_measure.ts'
import { writePlot } from '../_plot.ts'
import { letterOf, listOf, rounds, sending, sourcing } from '../_senders.ts'

// How does the work for one post grow with its recipients, and with its size?
// npm run bench -- growth [MOST RECIPIENTS [ROUNDS]]
const most = Number(process.argv[2] ?? 1_000_000)
const times = Number(process.argv[3] ?? 5)
const counts = [1_000, 10_000, 100_000, 1_000_000].filter((count) => count <= most)
const sizes = [1_024, 4_096, 65_536, 1_048_576, 26_214_400]
const copiesOf = (bytes: number) => Math.max(8, Math.min(5_000, Math.floor(2e8 / bytes)))

await using sink = await CountingSink.start()

const byCount: { recipients: number; ours: Measured; source: Measured }[] = []
for (const recipients of counts) {
  await using list = await listOf(recipients, sink.port)
  const rivals = [
    sending('mlmmj-ts', list, { recipients, letter: letterOf(4_096) }),
    sourcing(sink.port, { recipients, bytes: 4_096, sessions: 4 }),
  ]
  const results = await rounds(recipients > 100_000 ? 1 : times, rivals, sink)
  const [mine, source] = [...results.values()].map(middle)
  if (mine && source) byCount.push({ recipients, ours: mine, source })
}
process.stdout.write(
  `${table([
    ['recipients', 'seconds', 'recipients/s', 'to smtp-source, 4 sessions', 'most MB'],
    ...byCount.map(({ recipients, ours: mine, source }) => [
      String(recipients),
      (mine.ms / 1_000).toFixed(2),
      ((recipients / mine.ms) * 1_000).toFixed(0),
      `x${(source.ms / mine.ms).toPrecision(2)}`,
      mine.mb.toFixed(0),
    ]),
  ])}\n\n`,
)
writePlot('bench/growth/recipients.svg', {
  title: 'One 4 kB post: time by recipients',
  x: { label: 'recipients', scale: 'log' },
  y: { label: 'seconds', scale: 'log' },
  series: [
    { name: 'mlmmj-ts', points: byCount.map((one) => [one.recipients, one.ours.ms / 1_000]) },
    {
      name: 'smtp-source, 4 sessions',
      points: byCount.map((one) => [one.recipients, one.source.ms / 1_000]),
    },
  ],
})

const bySize: { bytes: number; mine: number; source: number; mb: number }[] = []
for (const bytes of sizes) {
  const recipients = copiesOf(bytes)
  await using list = await listOf(recipients, sink.port)
  const rivals = [
    sending('mlmmj-ts', list, { recipients, letter: letterOf(bytes) }),
    sourcing(sink.port, { recipients, bytes, sessions: 4 }),
  ]
  const [mine, source] = [...(await rounds(times, rivals, sink)).values()].map(middle)
  const rate = (one: Measured | undefined) => (bytes * recipients) / 1e3 / (one?.ms ?? NaN)
  bySize.push({ bytes, mine: rate(mine), source: rate(source), mb: mine?.mb ?? NaN })
}
process.stdout.write(
  `${table([
    ['bytes of the post', 'MB/s', 'smtp-source, MB/s', 'ratio', 'most MB'],
    ...bySize.map(({ bytes, mine, source, mb }) => [
      String(bytes),
      mine.toFixed(0),
      source.toFixed(0),
      `x${(mine / source).toPrecision(2)}`,
      mb.toFixed(0),
    ]),
  ])}\n`,
)
writePlot('bench/growth/sizes.svg', {
  title: 'Copies of one post: throughput by its size',
  x: { label: 'bytes of the post', scale: 'log' },
  y: { label: 'MB/s', scale: 'log' },
  series: [
    { name: 'mlmmj-ts', points: bySize.map(({ bytes, mine }) => [bytes, mine]) },
    { name: 'smtp-source, 4 sessions', points: bySize.map(({ bytes, source }) => [bytes, source]) },
  ],
})

function middle(measured: readonly Measured[]): Measured {
  return {
    ms: median(measured.map(({ ms }) => ms)),
    mb: Math.max(...measured.map(({ mb }) => mb)),
  }
}
