import { lstat, readdir } from 'node:fs/promises'
import { Fault } from '../base/fault.ts'
import { fileOf, pathOn } from './_layout.ts'
import { piecesOf } from './_pieces.ts'
import { openPlain } from './_plain-file.ts'
import { diskFault, unless } from './_trouble.ts'

/** A header is looked at so far; what is behind it is taken for body. */
const mostHeadBytes = 262_144

/** A post that is kept. */
export interface ArchivedPost {
  readonly number: number
  readonly bytes: number
  /** When it was put here, in milliseconds since 1970, as near as the file system knows. */
  readonly arrivedAt: number
}

/** So many numbers without a post are tried, then archive/ is listed, which takes long when it is large. */
const mostGaps = 1_000

/**
 * The posts in archive/ with numbers from `first` to `last`, and the next one behind them if there
 * is one; ascending. Whatever else lies there is passed over (spec spool 1.4).
 *
 * @param newest no post has a higher number
 */
export async function archivedPosts(
  listDir: string,
  { first, last, newest }: { first: number; last: number; newest: number },
): Promise<readonly ArchivedPost[]> {
  try {
    const posts: ArchivedPost[] = []
    let gaps = 0
    for (let number = first; number <= newest && gaps < mostGaps; number++) {
      const post = await archivedPost(listDir, number)
      if (post === undefined) gaps += 1
      else posts.push(post)
      if (post !== undefined && number > last) return posts
    }
    return gaps < mostGaps ? posts : await listedPosts(listDir, first, last)
  } catch (thrown) {
    throw diskFault(thrown, 'archive')
  }
}

async function listedPosts(listDir: string, first: number, last: number): Promise<ArchivedPost[]> {
  const numbers = (await archivedNumbers(listDir)).filter((number) => number >= first)
  const posts: ArchivedPost[] = []
  for (const number of numbers) {
    const post = await archivedPost(listDir, number)
    if (post !== undefined) posts.push(post)
    if (post !== undefined && number > last) break
  }
  return posts
}

/** All numbers that posts in archive/ have, ascending: a long list, and slow to get. */
export async function archivedNumbers(listDir: string): Promise<readonly number[]> {
  const names = await unless(['ENOENT', 'ENOTDIR'], readdir(pathOn(listDir, 'archive')), [])
  const numbers = names.filter((name) => /^[1-9][0-9]{0,14}$/.test(name)).map(Number)
  return numbers.sort((one, other) => one - other)
}

async function archivedPost(listDir: string, number: number): Promise<ArchivedPost | undefined> {
  const path = pathOn(listDir, 'archive', String(number))
  const facts = await unless(['ENOENT'], lstat(path), undefined)
  // A post gets its name here long after it was written: only ctime tells when.
  return facts?.isFile() ? { number, bytes: facts.size, arrivedAt: facts.ctimeMs } : undefined
}

/** The bytes of post N in pieces. @throws Fault spoolTrouble when it is not there. */
export function readArchived(listDir: string, number: number): AsyncGenerator<Buffer> {
  return piecesOf(pathOn(listDir, 'archive', String(number)), `archive/${number}`)
}

/** The beginning of post N, as much as any header needs. */
export async function readArchivedHead(listDir: string, number: number): Promise<Buffer> {
  let head = Buffer.alloc(0)
  for await (const chunk of readArchived(listDir, number)) {
    head = Buffer.concat([head, chunk])
    if (head.length >= mostHeadBytes) break
  }
  return head
}

/** Whether a text occurs anywhere in post N. */
export async function archivedHolds(
  listDir: string,
  number: number,
  text: string,
): Promise<boolean> {
  let tail = Buffer.alloc(0)
  for await (const chunk of readArchived(listDir, number)) {
    const bytes = Buffer.concat([tail, chunk])
    if (bytes.includes(text, 0, 'latin1')) return true
    tail = bytes.subarray(-text.length)
  }
  return false
}

/**
 * The highest number that `index` says was given to a post, and when (milliseconds since 1970); 0
 * for an empty file, before the first post. Undefined when there is no such file, or no number in it.
 */
export async function newestPost(
  listDir: string,
): Promise<{ number: number; givenAt: number } | undefined> {
  const path = fileOf(listDir, 'index')
  try {
    const file = await openPlain(path)
    if (file === 'nothing') return undefined
    if (file === 'strange') throw new Fault('spoolTrouble', 'index is no plain file')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0)
      const { mtimeMs } = await file.stat()
      const number = numberIn(buffer.toString('latin1', 0, bytesRead))
      return number === undefined ? undefined : { number, givenAt: mtimeMs }
    } finally {
      await file.close()
    }
  } catch (thrown) {
    throw diskFault(thrown, 'index')
  }
}

/** The number in the beginning of `index`; 0 when it is empty, undefined when there is none. */
export function numberIn(text: string): number | undefined {
  if (text === '') return 0
  const digits = /^\s*(\d{1,15})(?!\d)/.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
