import { rename, rm } from 'node:fs/promises'
import { Fault } from '../base/fault.ts'
import { generationNumbers, type Claim } from './_generations.ts'
import { heartbeatMs, noteGivenBack } from './_holder-watch.ts'
import { shownPath } from './_layout.ts'
import { draftPath } from './_private-directory.ts'
import { diskFault } from './_trouble.ts'

/** A generation that is ours, kept alive until it is given back. */
export class DiskLock {
  readonly #listDir: string
  readonly #dir: string
  readonly #claim: Claim
  readonly #endTurn: () => void
  readonly #timer: NodeJS.Timeout
  #beat: Promise<unknown> = Promise.resolve()
  #trouble: unknown
  #over = false

  constructor(listDir: string, dir: string, claim: Claim, endTurn: () => void) {
    this.#listDir = listDir
    this.#dir = dir
    this.#claim = claim
    this.#endTurn = endTurn
    this.#timer = setInterval(() => this.#write(), heartbeatMs).unref()
  }

  get generation(): number {
    return this.#claim.number
  }

  async stillMine(): Promise<void> {
    if (this.#trouble !== undefined) throw diskFault(this.#trouble, shownPath(this.#dir))
    const top = (await generationNumbers(this.#dir)).at(-1)
    if (this.#over || top !== this.#claim.number)
      throw new Fault('busy', `${shownPath(this.#dir)} was lost to another program`)
  }

  async release(): Promise<void> {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#timer)
    const { handle } = this.#claim
    try {
      await this.#beat
      await handle.truncate(0)
    } catch (thrown) {
      noteGivenBack(this.#claim.text)
      throw diskFault(thrown, shownPath(this.#dir))
    } finally {
      // Now and then it tells of a write that failed before.
      await handle.close().catch(() => undefined)
      this.#endTurn()
    }
  }

  /** Releases, and takes the directory away in one step, so that it never stands half empty. */
  async remove(): Promise<void> {
    const gone = draftPath(this.#listDir)
    try {
      await this.stillMine()
      await rename(this.#dir, gone)
      await rm(gone, { recursive: true, force: true })
    } catch (thrown) {
      throw diskFault(thrown, shownPath(this.#dir))
    } finally {
      await this.release()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  /** Written at its place again, not touched: so the time is the file system's, not ours. */
  #write(): void {
    const { handle, text } = this.#claim
    // One after the other: none may come behind the emptying in release().
    this.#beat = this.#beat
      .then(() => handle.write(text, 0, 'latin1'))
      .then(
        () => (this.#trouble = undefined),
        (thrown: unknown) => (this.#trouble = thrown),
      )
  }
}
