import { readdir } from 'node:fs/promises'
import type { ScratchList } from '../_list.ts'
import type { Sink, Transaction } from '../_sink.ts'
import { digesters, lastLine, readers, type Wants } from './_subjects.ts'

/** Sentences about what is wrong; none when all is well. */
export type Complaints = readonly string[]

/** What a reader who looks in at the moment of a kill may see: old or new, and nothing half. */
export async function nothingHalf(list: ScratchList, { members }: Wants): Promise<Complaints> {
  const found: string[] = []
  const mustBe = async (path: string, whole: (text: string) => boolean) => {
    const text = await list.read(path)
    if (text !== undefined && !whole(text)) found.push(`${path} is half: ${shown(text)}`)
  }
  const isMail = (text: string) => text.trimEnd().endsWith(`\n${lastLine}`)
  for (const name of await list.names('archive')) await mustBe(`archive/${name}`, isMail)
  for (const name of (await list.names('incoming')).filter((one) => !one.includes('.'))) {
    await mustBe(`incoming/${name}`, isMail)
    await mustBe(`incoming/${name}.envelope`, isJson)
  }
  for (const name of await list.names('moderation'))
    if (!name.endsWith('.omit')) await mustBe(`moderation/${name}`, isMail)
  for (const shelf of ['subconf', 'unsubconf'])
    for (const name of await list.names(shelf))
      await mustBe(`${shelf}/${name}`, (text) => /^[^\s@]+@[^\s@]+$/.test(text))
  for (const name of await list.names('requeue'))
    await mustBe(`requeue/${name}/subscribers`, (text) => /^([^\s@]+[@ ][^\s@]+\n)*$/.test(text))
  await mustBe('index', (text) => /^\d*$/.test(text))
  await mustBe('lastdigest', (text) => /^(\d+:\d+:\d+\n)?$/.test(text))
  if (members === undefined) return found
  const now = (await list.members()).join(' ')
  const allowed = [members.before, members.after].map((one) => [...one].sort().join(' '))
  if (!allowed.includes(now)) found.push(`subscribers.d holds ${now}`)
  return found
}

function isJson(text: string): boolean {
  return text.startsWith('{') && text.endsWith('}')
}

function shown(text: string): string {
  return JSON.stringify(text.slice(-40))
}

export interface Balance {
  /** Recipients who miss a mail that was accepted. */
  readonly lost: Complaints
  /** Copies beyond the first. */
  readonly duplicates: number
  /** Anything else that is not as it must be. */
  readonly wrong: Complaints
}

/** Counts what left against what had to leave, after everything has been taken up again. */
export async function balance(
  list: ScratchList,
  sink: Sink,
  wants: Wants,
  { finished, after }: { finished: boolean; after: string },
): Promise<Balance> {
  const copies = new Map<string, number>()
  for (const taken of sink.taken)
    for (const name of namesOf(taken))
      for (const who of taken.to) {
        const key = `${name} ${who}`
        copies.set(key, (copies.get(key) ?? 0) + 1)
      }
  const lost: string[] = []
  const wrong: string[] = []
  const need = (what: string, who: string) => {
    if (!copies.has(`${what} ${who}`)) lost.push(`${who} misses ${what}`)
  }
  for (const name of wants.posts ?? []) for (const who of readers) need(name, who)
  // Whoever is not in `before` and `after` alike may have been subscribed or not.
  const sure =
    wants.members === undefined
      ? readers
      : wants.members.before.filter((who) => wants.members?.after.includes(who))
  for (const who of sure) need(after, who)
  for (const name of wants.offered ?? []) {
    const got = readers.filter((who) => copies.has(`${name} ${who}`))
    const owed = finished ? readers : got.length > 0 ? readers : []
    for (const who of owed) need(name, who)
  }
  for (const name of wants.digested ?? [])
    for (const who of digesters) need(`digest of ${name}`, who)
  for (const who of wants.hear ?? [])
    if (![...copies.keys()].some((key) => key.startsWith('answer') && key.endsWith(` ${who}`)))
      lost.push(`${who} hears nothing`)
  wrong.push(...(await endState(list, wants, finished)), ...numbersOf(sink))
  return { lost, duplicates: duplicatesIn(copies), wrong }
}

/** Mails beyond the first; a digest is one mail, however many posts are in it. */
function duplicatesIn(copies: ReadonlyMap<string, number>): number {
  const most = new Map<string, number>()
  for (const [key, count] of copies) {
    const mail = key.replace(/^digest of \S+/, 'digest')
    most.set(mail, Math.max(most.get(mail) ?? 0, count - 1))
  }
  return [...most.values()].reduce((sum, count) => sum + count, 0)
}

/** `post-1`, `digest of post-1`, or for mails of the list's own `answer` and what they are about. */
function namesOf({ from, mail }: Transaction): readonly string[] {
  const text = mail.toString('latin1')
  if (from.includes('+bounces-digest')) {
    const posts = [...text.matchAll(/^Subject: (post-\S+)\r$/gm)]
    return posts.map(([, name = '']) => `digest of ${name}`)
  }
  const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] ?? ''
  if (/\+bounces-\d/.test(from)) return [subject]
  return [`answer ${from} ${subject}`.replace(/[0-9a-f]{16}/g, 'ID')]
}

/** No number stands for two posts. */
function* numbersOf(sink: Sink): Generator<string> {
  const posts = new Map<string, string>()
  for (const taken of sink.taken) {
    const number = /\+bounces-(\d+)[-@]/.exec(taken.from)?.[1]
    if (number === undefined) continue
    const [name = ''] = namesOf(taken)
    const known = posts.get(number) ?? name
    posts.set(number, known)
    if (known !== name) yield `number ${number} is ${known} and ${name}`
  }
}

/** The locks that belong to a list as such; those of one mail go with it. */
const lasting = /^(lock-(list|journal|worker|digest|maintenance|lately-\w+)|lately-\w+)$/

/** What is on disk after recovery and a maintenance that was late enough for what expires. */
async function endState(list: ScratchList, wants: Wants, finished: boolean): Promise<string[]> {
  const wrong: string[] = []
  const { members, membersAreSure, kept = [] } = wants
  if (members !== undefined) {
    const now = (await list.members()).join(' ')
    const good = [...(finished || membersAreSure ? [] : [members.before]), members.after]
    if (!good.some((one) => [...one].sort().join(' ') === now))
      wrong.push(`in the end subscribers.d holds ${now}`)
  }
  const there = new Set<string>()
  for (const path of await readdir(list.dir, { recursive: true, withFileTypes: true }))
    if (path.isFile()) there.add(`${path.parentPath.slice(list.dir.length + 1)}/${path.name}`)
  const emptied = /^(incoming|queue(?!\/discarded)|requeue|moderation)\//
  for (const path of there)
    if (emptied.test(path) && !kept.includes(path)) wrong.push(`${path} is left`)
  for (const path of there)
    if (/\/\.[^/]+$/.test(path) || /^\/maintdlog-/.test(path)) wrong.push(`${path} is left`)
  for (const name of await readdir(list.path('.mlmmj-ts')).catch(() => []))
    if (!lasting.test(name)) wrong.push(`.mlmmj-ts/${name.replace(/[0-9a-f]{16}/, 'ID')} is left`)
  return wrong
}
