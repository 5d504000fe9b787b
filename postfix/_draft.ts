import { open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { errnoOf, Fault } from '../src/base/fault.ts'
import { syncDirectory } from './_sync-directory.ts'

/** How the names of copies begin that nobody may take for kept mails. */
export const draftPrefix = '.draft-'

/**
 * A copy of a mail that is on its way, in case it does not arrive. Trouble with the disk does not
 * stop the mail: it is remembered, and said when the copy is needed.
 */
export class Draft {
  readonly #handle: FileHandle
  readonly #dir: string
  readonly #name: string
  #place: string
  #trouble: unknown

  private constructor(handle: FileHandle, dir: string, name: string, place: string) {
    this.#handle = handle
    this.#dir = dir
    this.#name = name
    this.#place = place
  }

  /**
   * @param name what the file is called once it is kept.
   * @param firstLine what stands in front of the mail.
   * @throws what open(2) throws.
   */
  static async begin(dir: string, name: string, firstLine: string): Promise<Draft> {
    const place = `${dir}/${draftPrefix}${name}`
    const draft = new Draft(await open(place, 'wx', 0o600), dir, name, place)
    await draft.write(Buffer.from(`${firstLine}\n`, 'latin1'))
    return draft
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#trouble !== undefined) return
    try {
      await this.#handle.appendFile(chunk)
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown
      this.#trouble = thrown
    }
  }

  /** Makes the copy a kept mail, on disk to stay. @throws Fault spoolTrouble; nothing is kept then. */
  async keep(): Promise<void> {
    try {
      if (this.#trouble !== undefined) throw this.#trouble
      await this.#handle.sync()
      const kept = `${this.#dir}/${this.#name}`
      await rename(this.#place, kept)
      this.#place = kept
      await syncDirectory(this.#dir)
      await this.#handle.close()
    } catch (thrown) {
      const why = `the mail cannot be kept in ${this.#dir} (${errnoOf(thrown)})`
      await this.drop()
      throw new Fault('spoolTrouble', why, thrown)
    }
  }

  /** The mail has arrived, or stays with the caller. */
  async drop(): Promise<void> {
    await unlink(this.#place)
    await this.#handle.close()
  }
}
