import { readdir, utimes } from 'node:fs/promises'
import { openHouse } from '../../src/app.ts'
import { realChance } from '../../src/base/chance.ts'
import { readConfig } from '../../src/config.ts'
import type { House } from '../../src/flows/house.ts'
import { maintain } from '../../src/flows/upkeep.ts'
import { scratchList, type ScratchList } from '../_list.ts'
import { command, ours } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { balance, nothingHalf } from './_invariants.ts'
import { serviceAgain } from './_service.ts'
import {
  inFlightIn,
  stepsOf,
  strike,
  type Death,
  type DiskTrouble,
  type Struck,
} from './_strike.ts'
import { namedPost, readers, type ServiceSubject, type Subject, type Wants } from './_subjects.ts'

/** What one kill came to. */
export interface Round {
  readonly killed: boolean
  readonly took: number
  readonly duplicates: number
  readonly inFlight: number
  readonly lost: readonly string[]
  readonly wrong: readonly string[]
}

/** The post that comes after the kill: it must get its number and reach everybody. */
const after = 'post-after'
const days = 86_400

/** A fresh list, one kill, the next command, maintenance, and what has come of it all. */
export async function round(
  subject: Subject,
  what: Death | DiskTrouble | undefined,
  log?: string,
): Promise<Round> {
  await using sink = await startSink(subject.sink)
  await using list = await scratchList({
    ...{ port: sink.port, subscribers: readers, ...subject.setup },
  })
  const struck = await strike(subject, list, sink, what, log)
  const { ended, killed } = struck
  const isTrouble = what !== undefined && ('fail' in what || 'delayMs' in what)
  const wants = { ...subject.wants, ...('lmtp' in subject ? answeredFor(subject, struck) : {}) }
  const half = [...(struck.wrong ?? []), ...(await nothingHalf(list, wants))]
  const next = 'lmtp' in subject ? serviceAgain : nextCommand
  const trouble = [...(await next(list, sink, after))]
  const inFlight = inFlightIn(sink)
  trouble.push(...(await maintenance(list, wants)))
  const { lost, duplicates, wrong } = await balance(list, sink, wants, {
    // The service answers for each post by itself (answeredFor).
    ...{ finished: ended.code === 0 && !('lmtp' in subject), after },
  })
  // 78: a service that cannot have its token. 70 would be a mistake of ours.
  const good = 'lmtp' in subject && isTrouble ? [0, 75, 78] : [0, ...(isTrouble ? [75] : [])]
  const unexpected =
    killed || good.includes(ended.code ?? -1)
      ? []
      : [`it ended with ${ended.code}: ${ended.stderr}`]
  return {
    ...{ killed, inFlight, duplicates, lost, took: ended.took },
    wrong: [...unexpected, ...half, ...trouble, ...wrong],
  }
}

function answeredFor({ lmtp }: ServiceSubject, { accepted = [] }: Struck): Wants {
  return { posts: accepted, offered: lmtp.filter((name) => !accepted.includes(name)) }
}

async function nextCommand({ dir }: ScratchList): Promise<readonly string[]> {
  const args = ['-F', '-L', dir, '-s', 'ann@example.org']
  const stdin = namedPost(after, { from: 'ann@example.org' })
  const next = await command(ours, 'mlmmj-receive', args, { stdin, ms: 60_000 })
  const { code, signal, stdout, stderr } = next
  if (code === 0 && stdout + stderr === '') return []
  return [`the next command ended with ${signal ?? code}: ${stdout}${stderr}`]
}

/** Now, and two days later by all clocks but that of the file system. */
async function maintenance(list: ScratchList, { kept = [] }: Wants): Promise<readonly string[]> {
  const house = openHouse(readConfig({ MLMMJ_TEXTS: `${process.cwd()}/texts` }))
  const run = async (then: House) => (await maintain(then, list.dir)) ?? ['maintenance is locked']
  const now = [...(await run(house))]
  for (const path of kept) if ((await list.read(path)) === undefined) now.push(`${path} is missing`)
  await age(list)
  const chance = { ...realChance, now: () => Date.now() + 2 * days * 1_000 }
  const later = await run({ ...house, chance })
  // Whom a post without a mail would have gone to is no news: the mail has another number.
  return [...now, ...later.filter((problem) => !/had no mail any more/.test(problem))]
}

/** Makes old what maintenance only takes away, or looks at, when it is old. */
async function age(list: ScratchList): Promise<void> {
  const ages = { '.mlmmj-ts': 2, incoming: 2, queue: 2, requeue: 20, '': 2 }
  for (const [shelf, count] of Object.entries(ages)) {
    const then = Date.now() / 1_000 - count * days
    for (const name of await readdir(list.path(shelf)).catch(() => [])) {
      if (shelf === '' && !name.startsWith('maintdlog-')) continue
      await utimes(list.path(shelf, name), then, then)
    }
  }
}

/** How a subject goes when nobody disturbs it. */
export interface Course {
  readonly subject: Subject
  readonly steps: readonly string[]
  readonly took: number
}

export async function courseOf(subject: Subject): Promise<Course> {
  let undisturbed: Round | undefined
  const steps = await stepsOf(async (log) => {
    undisturbed = await round(subject, undefined, log)
  })
  const { lost = [], wrong = [], took = 0 } = undisturbed ?? {}
  const complaints = [...lost, ...wrong]
  if (complaints.length > 0)
    throw new Error(`${subject.name}, undisturbed: ${complaints.join('; ')}`)
  return { subject, steps, took }
}
