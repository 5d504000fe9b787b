import { events } from '../base/events.ts'
import { asFault } from '../base/fault.ts'
import type { House } from '../flows/house.ts'
import { isAhead, maintainedAt, maintainSpool } from '../flows/maintain-spool.ts'

export interface MaintenanceOptions {
  readonly house: House
  readonly spoolDir: string
  /** Between two runs over the spool (milliseconds). */
  readonly everyMs?: number
  /** How often it is looked whether one is due. */
  readonly lookMs?: number
  /** What comes before the first look. */
  readonly after?: Promise<unknown>
}

export interface Maintenance {
  /** Runs now; when a run is on its way, that one is waited for. */
  runNow(): Promise<void>
  /** Why maintenance is not as fresh as it shall be, as a sentence; undefined when it is. */
  staleness(): Promise<string | undefined>
  /** Begins no more runs, and waits for the one that is on its way. */
  close(): Promise<void>
}

/** A run may be late by half of its time before somebody is told. */
const lateFactor = 1.5

/**
 * Runs the maintenance of a spool every two hours. Several services may share the spool: the time of
 * the last run and the lock for the next one lie in it, so together they run it once.
 */
export function keepMaintained(options: MaintenanceOptions): Maintenance {
  const { house, spoolDir, everyMs = 7_200_000, lookMs = 60_000 } = options
  const { after = Promise.resolve() } = options
  const { chance } = house
  let begun = chance.now()
  /** Counts where the spool itself cannot be written. */
  let ownRun: number | undefined
  let closed = false
  let running: { readonly since: number; readonly done: Promise<void> } | undefined

  async function lastRun(): Promise<number | undefined> {
    const marked = await maintainedAt(spoolDir, chance.now())
    if (ownRun !== undefined && isAhead(ownRun, chance.now())) ownRun = undefined
    return marked === undefined ? ownRun : Math.max(marked, ownRun ?? 0)
  }

  async function run(dueBefore: number): Promise<void> {
    try {
      const last = await lastRun()
      if (last !== undefined && last > dueBefore) return
      // Its begin, since a clock that is put right before it ends must not make it look newer.
      const now = chance.now()
      if (await maintainSpool(house, spoolDir, dueBefore)) ownRun = now
    } catch (thrown) {
      events.maintenanceProblem(spoolDir, 'all', asFault(thrown).message)
    } finally {
      running = undefined
    }
  }

  function begin(dueBefore: number): Promise<void> {
    running ??= { since: chance.now(), done: run(dueBefore) }
    return running.done
  }

  const lookNow = () => void begin(chance.now() - everyMs)
  const timer = setInterval(lookNow, lookMs)
  void after.then(() => closed || lookNow())

  return {
    async runNow() {
      await running?.done
      await begin(Infinity)
    },
    async staleness() {
      // When the clock was put back, it is waited for as from now on.
      begun = Math.min(begun, chance.now())
      const since = Math.max((await lastRun()) ?? 0, begun, running?.since ?? 0)
      const late = chance.now() - since
      if (late <= everyMs * lateFactor) return undefined
      return `maintenance has not been finished for ${Math.round(late / 60_000)} minutes`
    },
    async close() {
      closed = true
      clearInterval(timer)
      await running?.done
    },
  }
}
