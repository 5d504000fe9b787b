import { events } from '../base/events.ts'
import { asFault } from '../base/fault.ts'
import type { House } from '../flows/house.ts'
import { deliverPending } from '../flows/pending.ts'
import { waitingIn } from '../flows/spool-lists.ts'

export interface RetryOptions {
  readonly house: House
  /** Processes what lies in incoming/ of a list; returns at once. */
  drain(listDir: string): void
  /** How long after a failure the first try is (milliseconds); each next one waits twice as long. */
  readonly firstMs?: number
  readonly longestMs?: number
}

export interface Retries {
  /** Whether a list has a time for its next try. */
  isPlanned(listDir: string): boolean
  /** Says that something may be left in a list: it is looked at, and tried again in time. */
  look(listDir: string): void
  settled(): Promise<void>
  close(): void
}

interface Turn {
  timer: NodeJS.Timeout | undefined
  tries: number
}

/**
 * Tries again what could not be processed or delivered: after 1, 2, 4 … 30 minutes, for each list
 * apart, and until nothing is left.
 */
export function keepTrying(options: RetryOptions): Retries {
  const { house, drain, firstMs = 60_000, longestMs = 1_800_000 } = options
  const turns = new Map<string, Turn>()
  const running = new Set<Promise<void>>()
  let closed = false

  function run(job: () => Promise<void>, listDir: string): void {
    const done = job()
      .catch((thrown: unknown) => events.workerFailed(listDir, asFault(thrown).message))
      .finally(() => running.delete(done))
    running.add(done)
  }

  async function plan(listDir: string): Promise<void> {
    const { mails, deliveries } = await waitingIn(house, listDir)
    const turn = turns.get(listDir)
    if (closed) return
    if (mails + deliveries === 0) {
      clearTimeout(turn?.timer)
      turns.delete(listDir)
    } else if (turn?.timer === undefined) {
      const tries = turn?.tries ?? 0
      const wait = Math.min(firstMs * 2 ** tries, longestMs)
      const timer = setTimeout(() => run(() => again(listDir, wait), listDir), wait)
      turns.set(listDir, { timer, tries: tries + 1 })
    }
  }

  async function again(listDir: string, waited: number): Promise<void> {
    const turn = turns.get(listDir)
    if (turn !== undefined) turn.timer = undefined
    if (closed) return
    // Also leaves alone what was tried a moment ago for another reason.
    await deliverPending(house, listDir, waited / 2)
    if ((await waitingIn(house, listDir)).mails > 0) drain(listDir)
    await plan(listDir)
  }

  return {
    isPlanned: (listDir) => turns.has(listDir),
    look: (listDir) => run(() => plan(listDir), listDir),
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
    close() {
      closed = true
      for (const { timer } of turns.values()) clearTimeout(timer)
      turns.clear()
    },
  }
}
