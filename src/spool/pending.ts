import { rm } from 'node:fs/promises'
import { asciiLower } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import type { Chance } from '../base/chance.ts'
import { pathOn, type Shelf } from './_layout.ts'
import { readBeginning } from './_plain-file.ts'
import { diskFault, unless } from './_trouble.ts'
import { createExclusive } from './durable.ts'

/** An address and a word are never longer. */
const mostBytes = 4_096

/** What waits for an answer: a confirmation of joining or leaving, or a gatekeeper's word. */
type Question = 'subconf' | 'unsubconf'

/** mlmmj's words for what somebody wants to subscribe to (spec spool 1.4). */
const types = {
  normal: 'SUB_NORMAL',
  digest: 'SUB_DIGEST',
  nomail: 'SUB_NOMAIL',
  both: 'SUB_BOTH',
} as const

type SubscriptionType = keyof typeof types

export interface HeldSubscription {
  /** As it is written in the file, lower-cased. Not checked: a hand edit may be in it. */
  readonly address: string
  readonly type: SubscriptionType
}

/** Notes that an address was asked to confirm. The result is the cookie that proves an answer. */
export async function notePending(
  listDir: string,
  question: Question,
  address: string,
  chance: Pick<Chance, 'id'>,
): Promise<string> {
  return noteUnder(listDir, question, '', asciiLower(address), chance)
}

/** The address that a cookie was sent to; undefined when there is no such cookie (any more). */
export async function readPending(
  listDir: string,
  question: Question,
  cookie: string,
): Promise<string | undefined> {
  const [address] = (await linesOf(listDir, question, cookie)) ?? []
  return address === undefined || address === '' ? undefined : asciiLower(address)
}

/** Makes a cookie worthless: it was used, or its mail came back. */
export async function dropPending(
  listDir: string,
  question: Question,
  cookie: string,
): Promise<void> {
  await drop(listDir, question, cookie)
}

/** Keeps a subscription until a gatekeeper decides. The result is the cookie for permit and obstruct. */
export async function holdSubscription(
  listDir: string,
  { address, type }: HeldSubscription,
  chance: Pick<Chance, 'id'>,
): Promise<string> {
  const content = `${asciiLower(address)}\n${types[type]}\n`
  return noteUnder(listDir, 'held', 'subscribe', content, chance)
}

/**
 * A held subscription, as mlmmj wrote it or as the 1.4 change log says it would: the prefix
 * `subscribe` of a cookie is optional (spec spool 1.5.4). Undefined when nothing waits under it.
 *
 * @throws Fault badMail when the file does not say what somebody wants; it is then left alone.
 */
export async function readHeldSubscription(
  listDir: string,
  cookie: string,
): Promise<HeldSubscription | undefined> {
  const bare = bareCookie(cookie)
  const lines =
    (await linesOf(listDir, 'heldSubscriptions', bare)) ??
    (await linesOf(listDir, 'held', `subscribe${bare}`))
  if (lines === undefined) return undefined
  const [address = '', word] = lines
  const type = (Object.keys(types) as SubscriptionType[]).find((name) => types[name] === word)
  if (address === '' || type === undefined)
    throw new Fault('badMail', `the held subscription ${bare} does not say who wants to read what`)
  return { address: asciiLower(address), type }
}

export async function dropHeldSubscription(listDir: string, cookie: string): Promise<void> {
  const bare = bareCookie(cookie)
  await drop(listDir, 'heldSubscriptions', bare)
  await drop(listDir, 'held', `subscribe${bare}`)
}

function bareCookie(cookie: string): string {
  return cookie.replace(/^subscribe/, '')
}

async function noteUnder(
  listDir: string,
  shelf: Shelf,
  prefix: string,
  content: string,
  chance: Pick<Chance, 'id'>,
): Promise<string> {
  const bytes = Buffer.from(content, 'latin1')
  for (;;) {
    const cookie = chance.id()
    const made = await createExclusive(listDir, pathOn(listDir, shelf, prefix + cookie), bytes)
    if (made === 'made') return cookie
  }
}

/** Cookies of mlmmj 1.3 hold an address too, so any name that stays on the shelf will do. */
function isCookie(text: string): boolean {
  return text !== '' && text.length <= 255 && !/^\.|[/\0]/.test(text)
}

async function linesOf(
  listDir: string,
  shelf: Shelf,
  name: string,
): Promise<readonly string[] | undefined> {
  if (!isCookie(name)) return undefined
  try {
    // Also no directory: mlmmj 1.5 knows `moderation/subscribe` as one, 1.3 does not.
    const content = await readBeginning(pathOn(listDir, shelf, name), mostBytes)
    return content
      ?.toString('latin1')
      .split('\n')
      .map((line) => line.replace(/\r+$/, ''))
  } catch (thrown) {
    throw diskFault(thrown, `${shelf}/${name.slice(0, 24)}`)
  }
}

async function drop(listDir: string, shelf: Shelf, name: string): Promise<void> {
  if (!isCookie(name)) return
  try {
    await unless(['ENOENT', 'ENOTDIR'], rm(pathOn(listDir, shelf, name)), undefined)
  } catch (thrown) {
    throw diskFault(thrown, `${shelf}/${name.slice(0, 24)}`)
  }
}
