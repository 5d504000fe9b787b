import { Fault } from '../../base/fault.ts'

/** Characters that making one text may read, insert and write, its original mail not counted. */
const mostWork = 128 * 1024 * 1024

/** The work that is left for one text, so that one that includes itself comes to an end. */
export class Budget {
  #left = mostWork

  /** @throws Fault badSettings when a text takes more work than any list needs. */
  spend(characters: number): void {
    this.#left -= characters
    if (this.#left < 0)
      throw new Fault('badSettings', 'a list text becomes too large; does it include itself?')
  }
}
