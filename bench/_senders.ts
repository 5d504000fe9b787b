import { post } from '../test/_mail.ts'
import { type ScratchList, scratchList } from '../test/_list.ts'
import type { CountingSink } from './_counting-sink.ts'
import { type Measured, measure, median } from './_measure.ts'

/** One way of sending mail, measured against others. */
export interface Rival {
  readonly name: string
  readonly recipients: number
  /** Mails that the sink shall count: fewer than recipients, where groups share one. */
  readonly mails: number
  run(): Promise<Measured>
}

/** A post of so many bytes. */
export function letterOf(bytes: number): string {
  const line = 'A line of sixty-three letters and its end, again and again on.\n'
  const start = post()
  const room = Math.max(0, bytes - start.length)
  return start + line.repeat(Math.floor(room / line.length)) + '.'.repeat(room % line.length)
}

/** So many different addresses, spread over the letters as people's are. */
export function* addresses(count: number): Generator<string> {
  for (let n = 0; n < count; n++) yield `${String.fromCharCode(97 + (n % 26))}user${n}@example.net`
}

/** A list of so many subscribers whose relay is on `port`. */
export function listOf(
  subscribers: number,
  port: number,
  control: Readonly<Record<string, string>> = {},
): Promise<ScratchList> {
  return scratchList({ subscribers: [...addresses(subscribers)], control, port })
}

/** Ours as it is built, and Debian's. */
export const ours = ['node', 'dist/mlmmj-send.cjs'] as const
export const debian = ['/usr/bin/mlmmj-send'] as const

export interface Sending {
  readonly recipients: number
  readonly letter: string
  readonly program?: readonly [string, ...string[]]
  readonly connections?: number
  readonly mails?: number
}

/** One post to a list through a command called mlmmj-send, with all that it does around it. */
export function sending(name: string, list: ScratchList, of: Sending): Rival {
  const { recipients, letter, program = ours, connections = 4, mails = recipients } = of
  const [path, ...before] = program
  const run = async () => {
    await list.write('queue/post', letter)
    const args = [...before, '-L', list.dir, '-m', list.path('queue/post')]
    return measure(path, args, { MLMMJ_CONNECTIONS: `${connections}` })
  }
  return { name, recipients, mails, run }
}

export interface Sourcing {
  readonly recipients: number
  readonly bytes: number
  readonly sessions: number
  /** Recipients of one mail. */
  readonly group?: number
  /** A different address for each recipient, so that the relay cannot answer from what it remembers. */
  readonly different?: boolean
}

/** Postfix's load generator: mails of the same size, as fast as it can, with no record of anything. */
export function sourcing(port: number, of: Sourcing): Rival {
  const { recipients, bytes, sessions, group = 1, different = false } = of
  const mails = Math.ceil(recipients / group)
  const args = ['-d', '-s', `${sessions}`, '-m', `${mails}`, '-l', `${bytes}`, '-r', `${group}`]
  const people = ['-f', 'talk+bounces-1@example.org', '-t', 'user1@example.net']
  if (different) args.push('-N')
  return {
    name: `smtp-source, ${sessions} session${sessions === 1 ? '' : 's'}${group > 1 ? `, groups of ${group}` : ''}`,
    recipients,
    mails,
    run: () => measure('smtp-source', [...args, ...people, `127.0.0.1:${port}`]),
  }
}

/** The rivals take turns; what the sink counts must be right each time. */
export async function rounds(
  count: number,
  rivals: readonly Rival[],
  sink?: CountingSink,
): Promise<ReadonlyMap<Rival, readonly Measured[]>> {
  const results = new Map(rivals.map((rival) => [rival, [] as Measured[]]))
  for (let round = 0; round < count; round++)
    for (const rival of rivals) {
      const one = sink ? await sink.taking(rival.mails, () => rival.run()) : await rival.run()
      results.get(rival)?.push(one)
    }
  return results
}

/** Rows for a table: who, how long, how fast, how fast to the yardstick, how much memory. */
export function ranking(
  results: ReadonlyMap<Rival, readonly Measured[]>,
  yardstick: Rival,
): readonly (readonly string[])[] {
  const seconds = (rival: Rival) => median((results.get(rival) ?? []).map(({ ms }) => ms)) / 1_000
  const rate = (rival: Rival) => rival.recipients / seconds(rival)
  return [
    ['sender', 'recipients', 'seconds', 'recipients/s', `to ${yardstick.name}`, 'most MB'],
    ...[...results].map(([rival, measured]) => [
      rival.name,
      String(rival.recipients),
      seconds(rival).toFixed(2),
      rate(rival).toFixed(0),
      `x${(rate(rival) / rate(yardstick)).toPrecision(2)}`,
      Math.max(...measured.map(({ mb }) => mb)).toFixed(0),
    ]),
  ]
}
