import { chown, mkdir, open, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { constants, createReadStream } from 'node:fs'
import { errnoOf, Fault } from '../src/base/fault.ts'
import type { Answer } from './_answer.ts'
import { Draft, draftPrefix } from './_draft.ts'
import { isMessagesPath } from './_path.ts'
import { syncDirectory } from './_sync-directory.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

/** Milliseconds after which a draft has no writer any more; a call lasts 16 minutes at most. */
const deadDraftMs = 3_600_000

/** No envelope is longer, so nobody need read a whole mail to see that its first line has no end. */
const longestFirstLine = 16_384

/** A mail that waits. */
export interface Kept {
  readonly name: string
  /** Where it is to be posted. */
  readonly path: string
  /** The mail as it came. */
  open(): AsyncIterable<Uint8Array>
}

/**
 * Opens the directory that keeps mail while the service is away. A kept mail is one file, named by
 * the time it came: a line with the path it is to be posted to, then the mail as it came. `refused/`
 * holds those that the service refused for good, each with a `.why`.
 *
 * @throws Fault spoolTrouble when the directory cannot be used.
 */
export async function openShelf(dir: string): Promise<Shelf> {
  try {
    const { uid, gid } = await stat(dir)
    const made = await mkdir(`${dir}/refused`, { recursive: true, mode: 0o700 })
    // root may come first, by hand; then the mail system's user must be able to use it too.
    if (made !== undefined && process.getuid?.() === 0) await chown(made, uid, gid)
    return new Shelf(dir)
  } catch (thrown) {
    throw new Fault('spoolTrouble', `${dir} cannot be used (${errnoOf(thrown)})`, thrown)
  }
}

export class Shelf {
  readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  /** Begins a mail that is going to `path`. Nobody sees it before it is kept. */
  beginDraft(path: string): Promise<Draft> {
    const random = Math.random().toString(36).slice(2, 10)
    const name = `${String(Date.now()).padStart(14, '0')}-${process.pid}-${random}`
    return Draft.begin(this.dir, name, path)
  }

  /** The names of all that waits, oldest first. */
  async waiting(): Promise<string[]> {
    return (await readdir(this.dir)).filter((name) => /^\d{14}-/.test(name)).sort()
  }

  /** How many the service refused for good. */
  async refused(): Promise<number> {
    const names = await readdir(`${this.dir}/refused`)
    return names.filter((name) => !name.endsWith('.why')).length
  }

  /** @throws Fault badMail when the file is not one of ours; nothing happens to it then. */
  async read(name: string): Promise<Kept> {
    const file = `${this.dir}/${name}`
    // Neither a link nor a pipe can be one of ours, and a pipe could keep us waiting for ever.
    const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestFirstLine), 0)
      const end = buffer.subarray(0, bytesRead).indexOf(0x0a)
      const path = buffer.toString('latin1', 0, Math.max(end, 0))
      if (!isMessagesPath(path)) throw new Fault('badMail', `${file} is no kept mail`)
      return { name, path, open: () => createReadStream(file, { start: end + 1 }) }
    } finally {
      await handle.close()
    }
  }

  /** The service has it. */
  async remove({ name }: Kept): Promise<void> {
    await unlink(`${this.dir}/${name}`)
    await syncDirectory(this.dir)
  }

  /** Puts a mail aside that nobody takes; a person may move it back. */
  async putAside({ name }: Kept, { status, message }: Answer): Promise<void> {
    const place = `${this.dir}/refused/${name}`
    await writeFile(`${place}.why`, `${status} ${message}\n`, { mode: 0o600 })
    await rename(`${this.dir}/${name}`, place)
    await syncDirectory(`${this.dir}/refused`)
    await syncDirectory(this.dir)
  }

  /** Removes what killed calls left behind: their mails were never accepted. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.dir)) {
      if (!name.startsWith(draftPrefix)) continue
      const { mtimeMs } = await stat(`${this.dir}/${name}`)
      if (Date.now() - mtimeMs > deadDraftMs) await unlink(`${this.dir}/${name}`)
    }
  }
}
