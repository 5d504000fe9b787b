import { existsSync } from 'node:fs'
import { post } from '../../test/_mail.ts'
import { type ScratchList, scratchList } from '../../test/_list.ts'
import { type Measured, measure, median, table } from '../_measure.ts'
import { CountingSink } from './_sink.ts'

// How long does one post to a large list take, from the command to the last recipient's 250?
// npm run bench -- fanout [RECIPIENTS [ROUNDS]]
const recipients = Number(process.argv[2] ?? 10_000)
const rounds = Number(process.argv[3] ?? 5)
const few = Math.min(200, recipients)
const bytes = 4_096

const mail = post({
  body: 'A line of sixty-three letters and its end, again and again on.\n'.repeat(60),
})
const letter = mail.padEnd(bytes - 1, '.') + '\n'
const ours = ['node', 'dist/mlmmj-send.cjs'] as const
const debian = ['/usr/bin/mlmmj-send'] as const

interface Rival {
  readonly name: string
  readonly recipients: number
  /** Mails that the sink shall count: fewer than recipients, where groups share one. */
  readonly mails: number
  run(): Promise<Measured>
}

await using sink = await CountingSink.start()
const everybody = addresses(recipients)
await using list = await listOf(everybody)
await using smallList = await listOf(addresses(few))
await using groupList = await listOf(everybody, { verp: '' })

const groups = Math.ceil(recipients / 100)
const rivals: Rival[] = [
  sending('mlmmj-ts, 1 connection', list, ours, recipients, { connections: 1 }),
  sending('mlmmj-ts, 4 connections', list, ours, recipients, { connections: 4 }),
  sending('mlmmj-ts, 10 connections', list, ours, recipients, { connections: 10 }),
  sending('mlmmj-ts, groups of 100 (verp)', groupList, ours, recipients, { mails: groups }),
  sourcing(1),
  sourcing(4),
  sourcing(10),
]
if (existsSync(debian[0]))
  rivals.push(
    sending('mlmmj 1.3.0', smallList, debian, few),
    sending('mlmmj 1.3.0, groups of 100 (verp)', groupList, debian, recipients, { mails: groups }),
  )

const results = new Map(rivals.map(({ name }) => [name, [] as Measured[]]))
for (let round = 0; round < rounds; round++)
  for (const rival of rivals)
    results.get(rival.name)?.push(await sink.taking(rival.mails, () => rival.run()))

const rateOf = ({ name, recipients }: Rival) =>
  (recipients / median((results.get(name) ?? []).map(({ ms }) => ms))) * 1_000
const source = rivals.find(({ name }) => name === 'smtp-source, 4 connections')
const yardstick = source ? rateOf(source) : NaN
process.stdout.write(
  `${table([
    ['sender', 'recipients', 'seconds', 'recipients/s', 'to smtp-source with 4', 'most MB'],
    ...rivals.map((rival) => {
      const measured = results.get(rival.name) ?? []
      return [
        rival.name,
        String(rival.recipients),
        (median(measured.map(({ ms }) => ms)) / 1_000).toFixed(2),
        rateOf(rival).toFixed(0),
        `x${(rateOf(rival) / yardstick).toPrecision(2)}`,
        Math.max(...measured.map(({ mb }) => mb)).toFixed(0),
      ]
    }),
  ])}\n`,
)

function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const first = String.fromCharCode(97 + (n % 26))
    return `${first}user${n}@example.net`
  })
}

function listOf(
  subscribers: readonly string[],
  control: Readonly<Record<string, string>> = {},
): Promise<ScratchList> {
  return scratchList({ subscribers, control, port: sink.port })
}

/** One post to a list through a command called mlmmj-send, with all that it does around it. */
function sending(
  name: string,
  list: ScratchList,
  [path, ...before]: readonly [string, ...string[]],
  recipients: number,
  { connections = 4, mails = recipients }: { connections?: number; mails?: number } = {},
): Rival {
  const run = async () => {
    await list.write('queue/post', letter)
    const args = [...before, '-L', list.dir, '-m', list.path('queue/post')]
    return measure(path, args, { MLMMJ_CONNECTIONS: `${connections}` })
  }
  return { name, recipients, mails, run }
}

/** Postfix's load generator: the same number of mails of the same size, all to one address. */
function sourcing(connections: number): Rival {
  const args = ['-d', '-s', `${connections}`, '-m', `${recipients}`, '-l', `${bytes}`]
  const people = ['-f', 'talk+bounces-1@example.org', '-t', 'user1@example.net']
  return {
    name: `smtp-source, ${connections} connection${connections === 1 ? '' : 's'}`,
    recipients,
    mails: recipients,
    run: () => measure('smtp-source', [...args, ...people, `127.0.0.1:${sink.port}`]),
  }
}
