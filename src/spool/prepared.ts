import { constants } from 'node:fs'
import { link, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { errnoOf, Fault } from '../base/fault.ts'
import { findHeadEnd } from '../message/head.ts'
import { pathOn } from './_layout.ts'
import { isCommitted } from './committed.ts'
import { diskFault, replaceFile, syncDirectory } from './durable.ts'
import type { MailId } from './mail-id.ts'
import { mostMailBytes, readPlain } from './_plain-file.ts'

const chunkBytes = 262_144

/**
 * A header may be this long; what is behind it counts as body (nobody's filter reads so far). One of
 * nothing but empty fields takes a hundred times its size in memory.
 */
const mostHeadBytes = 1_048_576

/** A mail in incoming/, open for reading. */
export interface OriginalMail {
  readonly size: number
  /** The header block with its empty line, as far as there is one. */
  readonly head: Buffer
  /** The bytes from an offset on. */
  bytesFrom(offset: number): AsyncIterable<Buffer>
  [Symbol.asyncDispose](): Promise<void>
}

/** @throws Fault noSuchFile when the mail is gone: somebody else has dealt with it. */
export async function openIncoming(listDir: string, id: MailId): Promise<OriginalMail> {
  const file = await openRegular(pathOn(listDir, 'incoming', id))
  try {
    const { size } = await file.stat()
    return {
      size,
      head: await headOf(file),
      bytesFrom: (offset) => chunksOf(file, offset),
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (thrown) {
    await file.close()
    throw diskFault(thrown, `incoming/${id}`)
  }
}

async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(
    path,
    constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW,
  ).catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT')
      throw new Fault('noSuchFile', `the mail ${path} is not there`, thrown)
    throw diskFault(thrown, path)
  })
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new Fault('spoolTrouble', `${path} is no regular file`)
}

async function headOf(file: FileHandle): Promise<Buffer> {
  let head = Buffer.alloc(0)
  while (head.length < mostHeadBytes) {
    const more = Buffer.alloc(head.length === 0 ? 16_384 : head.length)
    const { bytesRead } = await file.read(more, 0, more.length, head.length)
    if (bytesRead === 0) return head
    const searched = head.length
    head = Buffer.concat([head, more.subarray(0, bytesRead)])
    const end = findHeadEnd(head, searched)
    if (end !== undefined) return head.subarray(0, end)
  }
  return head.subarray(0, mostHeadBytes)
}

async function* chunksOf(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
  for (let at = offset; ;) {
    const chunk = Buffer.allocUnsafe(chunkBytes)
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield chunk.subarray(0, bytesRead)
  }
}

/**
 * Writes queue/ID: the new header, the body as it came, and what `tail` answers when it is told the
 * body's last byte. Durable when this returns. Without sidecars mlmmj leaves it alone for 10 hours.
 *
 * @returns its size in bytes.
 */
export async function writePrepared(
  listDir: string,
  id: MailId,
  head: Buffer,
  body: AsyncIterable<Buffer>,
  tail: (lastByte: number | undefined) => Buffer,
): Promise<number> {
  const path = pathOn(listDir, 'queue', id)
  try {
    // A new file, never the old one emptied: somebody else may hold a link to that.
    await rm(path, { force: true })
    await using file = await open(path, 'wx', 0o600)
    let size = 0
    let last: number | undefined = head.at(-1)
    const put = async (bytes: Buffer) => {
      if (bytes.length === 0) return
      await file.writeFile(bytes)
      size += bytes.length
      last = bytes.at(-1)
    }
    await put(head)
    for await (const chunk of body) await put(chunk)
    await put(tail(last))
    await file.sync()
    return size
  } catch (thrown) {
    await rm(path, { force: true })
    throw diskFault(thrown, `queue/${id}`)
  }
}

/**
 * How far an earlier, interrupted run came with this mail. `committed`: its copy stands on another
 * shelf too, so only tidying is left. `prepared`: it is there whole or half, or not at all.
 */
export async function preparedState(
  listDir: string,
  id: MailId,
): Promise<'prepared' | 'committed'> {
  const committed = await isCommitted(listDir, pathOn(listDir, 'queue', id))
  return committed ? 'committed' : 'prepared'
}

export async function dropPrepared(listDir: string, id: MailId): Promise<void> {
  await rm(pathOn(listDir, 'queue', id), { force: true })
}

/** Keeps a mail nobody shall get where a person can look at it for a week (spec spool 1.6). */
export async function discard(
  listDir: string,
  id: MailId,
  keep: 'original' | 'prepared' | 'nothing',
): Promise<void> {
  try {
    if (keep === 'original' || keep === 'prepared') {
      await mkdir(pathOn(listDir, 'discarded'), { recursive: true })
      const from = pathOn(listDir, keep === 'original' ? 'incoming' : 'queue', id)
      await rename(from, pathOn(listDir, 'discarded', id))
      await syncDirectory(pathOn(listDir, 'discarded'))
    }
  } catch (thrown) {
    throw diskFault(thrown, `queue/discarded/${id}`)
  }
}

/**
 * Puts the prepared copy on the shelf of held posts, where its id is the moderators' cookie. Holds
 * `omit` beside it when the poster shall not get a copy (spec mailflow 5).
 */
export async function hold(listDir: string, id: MailId, omit: string | undefined): Promise<void> {
  const held = pathOn(listDir, 'held', id)
  try {
    if (omit !== undefined)
      await replaceFile(listDir, pathOn(listDir, 'held', `${id}.omit`), Buffer.from(omit, 'latin1'))
    await link(pathOn(listDir, 'queue', id), held).catch((thrown: unknown) => {
      if (errnoOf(thrown) !== 'EEXIST') throw thrown
    })
    await syncDirectory(pathOn(listDir, 'held'))
  } catch (thrown) {
    throw diskFault(thrown, `moderation/${id}`)
  }
}

/** Where the prepared copy lies, for handing it to `commitPost`. */
export function preparedPath(listDir: string, id: MailId): string {
  return pathOn(listDir, 'queue', id)
}

/** The bytes of the prepared copy, for quoting them to a moderator or poster. */
export async function readPrepared(listDir: string, id: MailId): Promise<Buffer> {
  const bytes = await readPlain(pathOn(listDir, 'queue', id), mostMailBytes, `queue/${id}`)
  if (bytes === undefined) throw new Fault('spoolTrouble', `queue/${id} is not there any more`)
  return bytes
}
