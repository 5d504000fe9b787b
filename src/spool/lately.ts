import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { digestOf } from '../base/chance.ts'
import { errnoOf } from '../base/fault.ts'
import { pathOn } from './_layout.ts'
import { giveToOwner } from './_private-directory.ts'
import { diskFault, replaceFile } from './durable.ts'
import { takeLock } from './lock.ts'

/*
 * LD/.mlmmj-ts/lately-KIND: what a list did within a window of time, a line for each,
 * `EPOCH SEED NAME NAME…`. Names are digests of 16 digits [0-9a-f], so that a line has no text that
 * somebody else chose. Only what was done is noted, never what was refused: whoever is refused cannot
 * make it grow. It is not synced to disk, because a limit that forgets a moment loses no mail.
 */

/** What is counted apart: answers to mail, and posts. */
export type Lately = 'answers' | 'posts'

/** Something that may happen so many times within the window. */
export interface Quota {
  /** What it is about: any byte string. */
  readonly name: string
  readonly most: number
}

/** The lines that are kept; above that the oldest are forgotten. */
const mostEntries = 4_096
/** The file is written anew when it has so many lines. */
const fullEntries = 6_144
const mostBytes = 1_048_576
/** Behind a draft's `open`: whoever may enter the private directory may count (ensurePrivate). */
const mode = 0o660

interface Entry {
  readonly seconds: number
  readonly seed: string
  readonly names: readonly string[]
}

/**
 * Counts something that is about to be done, unless one of its quotas is used up. Safe against every
 * other task and process. The same seed is counted once, so that a run which is repeated after a
 * crash comes out the same.
 *
 * @param now milliseconds since 1970
 * @returns undefined when it may be done, else the quota that is used up.
 * @throws Fault busy, spoolTrouble, spoolFull
 */
export async function countLately(
  listDir: string,
  kind: Lately,
  { seed, quotas }: { readonly seed: string; readonly quotas: readonly Quota[] },
  windowSeconds: number,
  now: number,
): Promise<Quota | undefined> {
  const seconds = Math.floor(now / 1_000)
  const entry = { seconds, seed: short(seed), names: quotas.map(({ name }) => short(name)) }
  await using _ = await takeLock(listDir, `lately-${kind}`)
  const all = entriesIn(await contentOf(listDir, kind))
  // An entry from the future was made by a clock that has been put back since.
  const fresh = all.filter((one) => Math.abs(seconds - one.seconds) < windowSeconds)
  if (fresh.some((one) => one.seed === entry.seed)) return undefined
  const spent = quotas.find(({ most }, place) => {
    const name = entry.names[place]
    return fresh.filter(({ names }) => name !== undefined && names.includes(name)).length >= most
  })
  if (spent !== undefined) return spent
  const worthless = all.length - fresh.length
  if (all.length === 0 || all.length >= fullEntries || worthless > Math.max(256, fresh.length))
    await rewrite(listDir, kind, [...fresh.slice(1 - mostEntries), entry])
  else await append(listDir, kind, entry)
  return undefined
}

function short(text: string): string {
  return digestOf(text).slice(0, 16)
}

function lineOf({ seconds, seed, names }: Entry): string {
  return `${[seconds, seed, ...names].join(' ')}\n`
}

/** A line that a crash cut off counts as not there. */
function entriesIn(text: string): readonly Entry[] {
  return text.split('\n').flatMap((line) => {
    if (!/^\d{1,12}(?: [0-9a-f]{16})+$/.test(line)) return []
    const [seconds, seed = '', ...names] = line.split(' ')
    return [{ seconds: Number(seconds), seed, names }]
  })
}

function placeOf(listDir: string, kind: Lately): string {
  return pathOn(listDir, 'private', `lately-${kind}`)
}

/** Empty for whatever is no plain file; it is replaced then. */
async function contentOf(listDir: string, kind: Lately): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  let file: FileHandle | undefined
  try {
    file = await open(placeOf(listDir, kind), flags)
    const facts = await file.stat()
    if (!facts.isFile()) return ''
    const start = Math.max(0, facts.size - mostBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, start)
    return buffer.toString('latin1', 0, bytesRead)
  } catch (thrown) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errnoOf(thrown) ?? '')) return ''
    throw diskFault(thrown, `.mlmmj-ts/lately-${kind}`)
  } finally {
    await file?.close()
  }
}

async function append(listDir: string, kind: Lately, entry: Entry): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW
  try {
    await using file = await open(placeOf(listDir, kind), flags)
    // In front too: the line before may have been cut off.
    await file.writeFile(`\n${lineOf(entry)}`, 'latin1')
  } catch (thrown) {
    throw diskFault(thrown, `.mlmmj-ts/lately-${kind}`)
  }
}

async function rewrite(listDir: string, kind: Lately, entries: readonly Entry[]): Promise<void> {
  const path = placeOf(listDir, kind)
  await replaceFile(listDir, path, Buffer.from(entries.map(lineOf).join(''), 'latin1'), { mode })
  try {
    await giveToOwner(listDir, path)
  } catch (thrown) {
    throw diskFault(thrown, `.mlmmj-ts/lately-${kind}`)
  }
}
