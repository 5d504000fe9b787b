import { events } from '../base/events.ts'
import { asFault } from '../base/fault.ts'
import { drainIncoming } from '../flows/drain-incoming.ts'
import type { House } from '../flows/house.ts'

export interface Drains {
  /** Says that a list has mail in incoming/; returns at once. */
  stored(listDir: string): void
  /** Resolves when everything that was begun has ended. */
  settled(): Promise<void>
}

/** Lists that are worked on at the same time; each has a few connections to the relay of its own. */
const mostAtOnce = 100

/**
 * Processes and delivers what lies in incoming/ of lists: one worker for each list, so that a slow
 * list does not hold up another.
 *
 * @param after called when a list has no more to do now.
 */
export function keepDrained(house: House, after: (listDir: string) => void): Drains {
  const running = new Map<string, Promise<void>>()
  /** Lists that were named again while they were worked on, or that wait for their turn. */
  const named = new Set<string>()

  function next(): void {
    for (const listDir of named) {
      if (running.size >= mostAtOnce || house.stop?.aborted) return
      if (running.has(listDir)) continue
      named.delete(listDir)
      running.set(listDir, drain(listDir))
    }
  }

  async function drain(listDir: string): Promise<void> {
    try {
      await drainIncoming(house, listDir)
    } catch (thrown) {
      events.workerFailed(listDir, asFault(thrown).message)
    }
    running.delete(listDir)
    after(listDir)
    next()
  }

  return {
    stored(listDir) {
      named.add(listDir)
      next()
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}
