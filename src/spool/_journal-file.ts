import { fstatSync, readSync, writeSync } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { realChance } from '../base/chance.ts'
import { Fault, isFault } from '../base/fault.ts'
import { decodeBody, decodeHead, encodeEntry, headBytes, roomOf } from './_journal-record.ts'
import type { JournalEntry, NewEntry } from './_journal-record.ts'
import { openPlain } from './_plain-file.ts'
import { giveToOwner } from './_private-directory.ts'
import { diskFault } from './_trouble.ts'

/** So long is the file from the beginning: what only fills it up is on disk sooner than what extends it. */
const fileBytes = 8_388_608
const mostBytes = 33_554_432
const pageBytes = 4_096
const title = 'mlmmj-ts journal 1 '
const explanation =
  'Mails that were taken and are on their way into incoming/ of this list.\n' +
  'What a killed program left here is found by mlmmj-maintd, and by the service when it starts.\n'

/**
 * A file that mails are appended to until they lie in incoming/ each by itself. It begins with a page
 * that names the generation: an entry of another one is what an earlier use has left.
 */
export class JournalFile {
  readonly path: string
  readonly #handle: FileHandle
  #generation: string
  /** Behind the last entry that is on disk. */
  #end = pageBytes
  #count = 0

  private constructor(path: string, handle: FileHandle, generation: string) {
    this.path = path
    this.#handle = handle
    this.#generation = generation
  }

  /** Makes an empty one. Its name is on disk when the caller has synced its directory. */
  static async make(listDir: string, path: string): Promise<JournalFile> {
    try {
      const handle = await open(path, 'wx+', 0o600)
      try {
        await giveToOwner(listDir, path)
        const file = new JournalFile(path, handle, realChance.id())
        const zeros = Buffer.alloc(fileBytes / 8)
        for (let at = 0; at < fileBytes; at += zeros.length) await handle.appendFile(zeros)
        await file.empty()
        await handle.sync()
        return file
      } catch (thrown) {
        await handle.close()
        await unlink(path).catch(() => undefined)
        throw thrown
      }
    } catch (thrown) {
      throw diskFault(thrown, 'a journal')
    }
  }

  get isEmpty(): boolean {
    return this.#end === pageBytes
  }

  hasRoom(entries: readonly NewEntry[]): boolean {
    return this.#end + entries.reduce((sum, entry) => sum + roomOf(entry), 0) <= mostBytes
  }

  /**
   * All of them are on disk when this returns with true. With false none of them counts, on disk
   * either, and no more can be appended.
   *
   * @param stillMine asked when they are on disk: who takes the file from us after that finds them
   * @throws Fault busy or spoolTrouble when nobody knows whether they count
   */
  async append(entries: readonly NewEntry[], stillMine: () => Promise<void>): Promise<boolean> {
    const content = Buffer.concat(entries.flatMap((entry) => encodeEntry(this.#generation, entry)))
    try {
      // Into the kernel's memory, over what is there already: no reason to go to another thread.
      for (let at = 0; at < content.length;)
        at += writeSync(this.#handle.fd, content, at, content.length - at, this.#end + at)
      await this.#handle.datasync()
      await stillMine()
      if (fstatSync(this.#handle.fd).nlink === 0) {
        // Whoever took the lock in this very moment may have found them, and brought them in.
        await stillMine()
        // Somebody has cleared .mlmmj-ts away: what is written here is gone with us.
        return false
      }
    } catch (thrown) {
      const isTakenBack = this.#takeBack(thrown)
      if (!isFault(thrown)) return await isTakenBack
      // Whoever has it now may have read it already.
      await isTakenBack.catch(() => false)
      throw thrown
    }
    this.#end += content.length
    this.#count += entries.length
    return true
  }

  async #takeBack(why: unknown): Promise<false> {
    try {
      writeSync(this.#handle.fd, Buffer.alloc(headBytes), 0, headBytes, this.#end)
      await this.#handle.datasync()
      return false
    } catch {
      throw diskFault(why, 'a journal')
    }
  }

  /** How many were appended since it was empty. */
  get count(): number {
    return this.#count
  }

  /** What was appended since it was empty: fewer when somebody else wrote into the file. */
  entries(): Generator<JournalEntry> {
    return entriesIn(this.#handle, this.#generation, this.#end)
  }

  /** Forgets all entries, on disk too. */
  async empty(): Promise<void> {
    const generation = realChance.id()
    const page = Buffer.alloc(pageBytes, '\n')
    page.write(`${title}${generation}\n${explanation}`, 'latin1')
    try {
      writeSync(this.#handle.fd, page, 0, page.length, 0)
      await this.#handle.datasync()
    } catch (thrown) {
      throw diskFault(thrown, 'a journal')
    }
    this.#generation = generation
    this.#end = pageBytes
    this.#count = 0
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/**
 * What a journal holds that a killed program left, up to the first entry that did not come to disk as
 * a whole: behind that one nothing was acknowledged.
 *
 * @throws Fault spoolTrouble when it cannot be read.
 */
export async function* entriesLeft(path: string): AsyncGenerator<JournalEntry> {
  try {
    const handle = await openPlain(path)
    if (handle === 'nothing') return
    if (handle === 'strange') throw new Fault('spoolTrouble', 'a journal is no plain file')
    try {
      const page = Buffer.alloc(pageBytes)
      readSync(handle.fd, page, 0, pageBytes, 0)
      const [, generation] =
        /^mlmmj-ts journal 1 ([0-9a-f]{16})\n/.exec(page.toString('latin1')) ?? []
      if (generation === undefined) {
        // Killed while it was made: nothing is in it.
        if (
          readSync(handle.fd, page, 0, 5, pageBytes) < 5 ||
          page.toString('latin1', 0, 5) !== 'mail '
        )
          return
        throw new Fault('spoolTrouble', 'a journal has mails behind a first page that is not ours')
      }
      yield* entriesIn(handle, generation, (await handle.stat()).size)
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    throw diskFault(thrown, 'a journal')
  }
}

function* entriesIn({ fd }: FileHandle, generation: string, end: number): Generator<JournalEntry> {
  const head = Buffer.alloc(headBytes)
  for (let at = pageBytes; at + headBytes <= end;) {
    readSync(fd, head, 0, headBytes, at)
    const found = decodeHead(head, generation)
    if (found === undefined) return
    const length = found.envelopeBytes + found.mailBytes
    if (at + headBytes + length > end) return
    const body = Buffer.allocUnsafe(length)
    if (readSync(fd, body, 0, length, at + headBytes) < length) return
    const entry = decodeBody(found, body)
    if (entry === undefined) return
    yield entry
    at += headBytes + length
  }
}
