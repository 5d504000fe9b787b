import { bigList } from '../_big-list.ts'
import { measure, median, table } from '../_measure.ts'

// How long does mlmmj-list take for a large list, from start to end of the program, and to count it?
// npm run bench -- listing [SUBSCRIBERS [ROUNDS]]
const subscribers = Number(process.argv[2] ?? 1_000_000)
const rounds = Number(process.argv[3] ?? 11)
await using list = await bigList(subscribers, 'as names begin')

interface Rival {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** Whom it is compared with. */
  readonly to: string
}

const ours = ['bin/mlmmj-list', '-L', list.dir] as const
const debian = ['/usr/bin/mlmmj-list', '-L', list.dir] as const
const [listed, counted] = ['mlmmj 1.3.0, list', 'mlmmj 1.3.0, count']
const rivals: readonly Rival[] = [
  { name: 'mlmmj-ts, list', command: ours, to: listed },
  { name: listed, command: debian, to: listed },
  { name: 'mlmmj-ts, count', command: [...ours, '-c'], to: counted },
  { name: 'mlmmj-ts, counts of all kinds', command: [...ours, '--counts'], to: counted },
  { name: counted, command: [...debian, '-c'], to: counted },
  { name: 'node -e 0, nothing at all', command: ['node', '-e', '0'], to: counted },
]

const results = new Map(rivals.map(({ name }) => [name, [] as number[]]))
for (let round = 0; round < rounds; round++)
  for (const { name, command } of rivals) {
    const [program, ...args] = command
    const { ms } = await measure(program, args)
    results.get(name)?.push(ms)
  }

// Without the launcher, whose shell is what would be seen.
let most = 0
for (const more of [[], ['-c'], ['--counts']]) {
  const { mb } = await measure('node', ['dist/mlmmj-list.cjs', '-L', list.dir, ...more])
  most = Math.max(most, mb)
}

const took = (name: string) => median(results.get(name) ?? [])
process.stdout.write(
  `${table([
    ['program', 'subscribers', 'ms', 'to mlmmj 1.3.0'],
    ...rivals.map(({ name, to }) => [
      name,
      String(subscribers),
      took(name).toFixed(0),
      `x${(took(to) / took(name)).toPrecision(2)} as fast`,
    ]),
  ])}\n\nMost memory of ours: ${most.toFixed(0)} MB.\n`,
)
