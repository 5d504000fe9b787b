import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { digestOf } from '../base/hashes.ts'
import { errnoOf } from '../base/fault.ts'
import { pathOn } from './_layout.ts'
import { giveToOwner } from './_private-directory.ts'
import { diskFault, replaceFile } from './durable.ts'
import { takeLock } from './lock.ts'

/*
 * LD/.mlmmj-ts/lately-KIND: what a list did within a window of time, a line for each,
 * `EPOCH=SEED NAME NAME…`. Seeds and names are digests of 16 digits [0-9a-f], so that a line has no
 * text that somebody else chose. Only what was done is noted, never what was refused: whoever is
 * refused cannot make it grow. It is not synced to disk, because a limit that forgets a moment loses
 * no mail.
 */

/** What is counted apart: answers to mail, and posts. */
export type Lately = 'answers' | 'posts'

/** Something that may happen so many times within the window. */
export interface Quota {
  /** What it is about: any byte string. */
  readonly name: string
  readonly most: number
}

/** The lines that are kept; the oldest are forgotten when there are more. */
const mostLines = 4_096
/** A file of so many bytes is written anew. */
const fullBytes = 393_216
/** A smaller one is left alone, even if nothing in it counts any more. */
const smallBytes = 16_384
/** Whoever may enter the private directory may count (ensurePrivate). */
const mode = 0o660

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
  const isFresh = (line: string) => isFreshLine(line, seconds, windowSeconds)
  await using _ = await takeLock(listDir, `lately-${kind}`)
  const text = await contentOf(listDir, kind)
  if (count(text, `=${short(seed)}`, isFresh) > 0) return undefined
  const spent = quotas.find(({ name, most }) => count(text, ` ${short(name)}`, isFresh) >= most)
  if (spent !== undefined) return spent
  const line = `${seconds}=${[seed, ...quotas.map(({ name }) => name)].map(short).join(' ')}`
  if (text === '' || text.length > fullBytes || isMostlyStale(text, isFresh)) {
    const lines = text.split('\n').filter(isFresh)
    await rewrite(listDir, kind, [...lines.slice(1 - mostLines), line])
  } else {
    await append(listDir, kind, text.endsWith('\n') ? `${line}\n` : `\n${line}\n`)
  }
  return undefined
}

function short(text: string): string {
  return digestOf(text).slice(0, 16)
}

/**
 * How many lines that count hold a word. A line that a crash cut off is no line; one from the future
 * was made by a clock that has been put back since.
 */
function count(text: string, word: string, isFresh: (line: string) => boolean): number {
  let found = 0
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (isFresh(lineAt(text, at))) found++
  return found
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, end < 0 ? text.length : end)
}

function isFreshLine(line: string, seconds: number, windowSeconds: number): boolean {
  const time = /^(\d{1,12})=[0-9a-f]{16}(?: [0-9a-f]{16})*$/.exec(line)?.[1]
  return time !== undefined && Math.abs(seconds - Number(time)) < windowSeconds
}

/** Lines stand in the order of their times, so the middle one tells for half of them. */
function isMostlyStale(text: string, isFresh: (line: string) => boolean): boolean {
  return text.length > smallBytes && !isFresh(lineAt(text, text.length >> 1))
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
    const bytes = Math.min(facts.size, 2 * fullBytes)
    const start = facts.size - bytes
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, start)
    return buffer.toString('latin1', 0, bytesRead)
  } catch (thrown) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errnoOf(thrown) ?? '')) return ''
    throw diskFault(thrown, `.mlmmj-ts/lately-${kind}`)
  } finally {
    await file?.close()
  }
}

async function append(listDir: string, kind: Lately, text: string): Promise<void> {
  const flags =
    constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    await using file = await open(placeOf(listDir, kind), flags)
    await file.writeFile(text, 'latin1')
  } catch (thrown) {
    throw diskFault(thrown, `.mlmmj-ts/lately-${kind}`)
  }
}

async function rewrite(listDir: string, kind: Lately, lines: readonly string[]): Promise<void> {
  const path = placeOf(listDir, kind)
  await replaceFile(
    listDir,
    path,
    Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1'),
    { mode },
  )
  try {
    await giveToOwner(listDir, path)
  } catch (thrown) {
    throw diskFault(thrown, `.mlmmj-ts/lately-${kind}`)
  }
}
