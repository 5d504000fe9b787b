import { realChance } from '../base/chance.ts'
import { fileSystemNow, type Generation } from './_generations.ts'
import { describeOwner, ownerState } from './_owner-identity.ts'

/** How often a holder writes its file again, for those who cannot see its process. */
export const heartbeatMs = 500
/** A file that was not written for so long, by the watcher's own clock, has no living holder. */
const silenceMs = 2_000
/** At first sight there is no time to watch: a file this old by its file system's clock is left. */
const forgottenMs = 60_000

const mostNoted = 10_000
const givenBack = new Set<string>()

/** This program gave a lock back, but could not write that down: its line there holds no longer. */
export function noteGivenBack(text: string): void {
  if (givenBack.size < mostNoted) givenBack.add(text)
}

/** Judges a lock's holder, remembering between two looks what was seen. */
export class HolderWatch {
  readonly #listDir: string
  #last: Generation | undefined
  #since = 0

  constructor(listDir: string) {
    this.#listDir = listDir
  }

  /** Whose lock it was at the last look, for a person. */
  get holder(): string {
    return this.#last === undefined ? 'nobody yet' : describeOwner(this.#last.text)
  }

  async judge(top: Generation): Promise<'free' | 'stale' | 'held'> {
    const last = this.#last
    this.#last = top
    if (top.text === '') return 'free'
    if (givenBack.has(top.text)) return 'stale'
    const state = await ownerState(top.text)
    if (state !== 'unknown') return state === 'alive' ? 'held' : 'stale'
    const now = realChance.ticks()
    const same =
      last?.number === top.number && last.text === top.text && last.mtimeMs === top.mtimeMs
    if (same) return now - this.#since > silenceMs ? 'stale' : 'held'
    this.#since = now
    return (await fileSystemNow(this.#listDir)) - top.mtimeMs > forgottenMs ? 'stale' : 'held'
  }
}
