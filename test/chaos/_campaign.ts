import { courseOf, round, type Course, type Round } from './_rounds.ts'
import type { Death, DiskTrouble } from './_strike.ts'
import type { Subject } from './_subjects.ts'

export interface CampaignOptions {
  readonly subjects: readonly Subject[]
  /** How many die at a random step or time, after those of `named`. */
  readonly kills: number
  readonly seed: number
  /** Of how many steps of each subject one dies at each: all, or so many that are drawn. */
  readonly named: number
  /** How many suffer from calls that fail, or from a slow disk. */
  readonly troubles?: number
  /** Rounds at the same time. */
  readonly atOnce?: number
  readonly progress?: (tally: Tally, of: number) => void
}

/** What a campaign has come to so far. */
export interface Tally {
  rounds: number
  kills: number
  lost: number
  duplicates: number
  /** Recipients of mails in flight at the kills: so many duplicates there may be. */
  bound: number
  readonly complaints: string[]
}

/** The same numbers for the same seed, from 0 to below 1 (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Kills at each step that has a name, and then at random, and keeps the books. */
export async function campaign(options: CampaignOptions): Promise<Tally> {
  const { subjects, kills, seed, named, troubles = 0, atOnce = 2, progress } = options
  const tally: Tally = { rounds: 0, kills: 0, lost: 0, duplicates: 0, bound: 0, complaints: [] }
  const courses = await inParallel(subjects, atOnce, courseOf)
  const random = numbersFrom(seed)
  const plans = [
    ...courses.flatMap((course) => namedDeaths(course, named, random)),
    ...randomDeaths(courses, kills, random),
    ...randomTroubles(courses, troubles, random),
  ]
  await inParallel(plans, atOnce, async ({ subject, fate, what }) => {
    enter(tally, await attempt(subject, fate), `${subject.name}, ${what}`)
    progress?.(tally, plans.length)
  })
  return tally
}

interface Plan {
  readonly subject: Subject
  readonly fate: Death | DiskTrouble
  /** For a person, and to do it again. */
  readonly what: string
}

/** Before each of the steps, or of so many of them; and behind the last. */
function namedDeaths({ subject, steps }: Course, most: number, random: () => number): Plan[] {
  const all = [...steps.keys()].map((index) => atStep(subject, steps, index + 1, 'before'))
  all.push(atStep(subject, steps, steps.length, 'after'))
  while (all.length > most) all.splice(Math.floor(random() * all.length), 1)
  return all
}

function atStep(
  subject: Subject,
  steps: readonly string[],
  step: number,
  when: 'before' | 'after',
): Plan {
  return { subject, fate: { step, when }, what: `${when} ${step} ${steps[step - 1] ?? ''}` }
}

function randomDeaths(courses: readonly Course[], count: number, random: () => number): Plan[] {
  return Array.from({ length: count }, (_, index) => {
    const course = courses[Math.floor(random() * courses.length)]
    if (course === undefined) throw new RangeError('there is no subject')
    const { subject, steps, took } = course
    const moment = random()
    if (index % 2 === 0) {
      const ms = Math.round(moment * took)
      return { subject, fate: { ms }, what: `after ${ms} ms` }
    }
    const when = random() < 0.5 ? 'before' : 'after'
    return atStep(subject, steps, 1 + Math.floor(moment * steps.length), when)
  })
}

const errors = ['ENOSPC', 'EROFS', 'EACCES', 'EMFILE', 'EIO']
/** What a program reads, and what may be anything. */
const anything = [
  ...['^read control', '^read incoming', '^read queue', '^read requeue', '^read archive'],
  ...['^read subscribers.d', '^read .mlmmj-ts', '^read ', '^(?!read )'],
]

/** Milliseconds for each call: so slow that it shows, and a flood ends within the time that it has. */
function slownessOf(subject: Subject): number {
  return 'lmtp' in subject && subject.lmtp.length > 4 ? 5 : 20
}

function randomTroubles(courses: readonly Course[], count: number, random: () => number): Plan[] {
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)]
    if (item === undefined) throw new RangeError('there is nothing to pick from')
    return item
  }
  return Array.from({ length: count }, (_, index) => {
    const { subject, steps } = pick(courses)
    if (index % 20 === 0)
      return { subject, fate: { delayMs: slownessOf(subject) }, what: 'on a slow disk' }
    const names = [...new Set(steps)].filter((name) => !/^(reply|hear)/.test(name))
    const exactly = (name: string) => `^${name.replace(/[^\w ]/g, '\\$&')}$`
    const at = random() < 0.7 ? exactly(pick(names)) : pick(anything)
    const [code, every] = [pick(errors), random() < 0.5 ? 1 : 3]
    return { subject, fate: { fail: { at, code, every } }, what: `${code} at ${at}, 1 of ${every}` }
  })
}

async function attempt(subject: Subject, fate: Plan['fate']): Promise<Round> {
  try {
    return await round(subject, fate)
  } catch (thrown) {
    const wrong = [String(thrown)]
    return { killed: false, took: 0, duplicates: 0, inFlight: 0, lost: [], wrong }
  }
}

function enter(tally: Tally, done: Round, what: string): void {
  tally.rounds++
  if (done.killed) tally.kills++
  tally.lost += done.lost.length
  tally.duplicates += done.duplicates
  tally.bound += done.inFlight
  const complaints = [...done.lost, ...done.wrong]
  if (done.duplicates > done.inFlight)
    complaints.push(`${done.duplicates} duplicates of ${done.inFlight} in flight`)
  for (const complaint of complaints) tally.complaints.push(`${what}: ${complaint}`)
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const left = items.entries()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [index, item] of left) results[index] = await work(item)
    }),
  )
  return results
}
