import { atOnce } from '../base/at-once.ts'
import { events } from '../base/events.ts'
import { asFault, isFault } from '../base/fault.ts'
import { tryLock, type HeldLock } from '../spool/lock.ts'
import { listsBelow } from '../spool/lists.ts'
import { maintainedAt, markMaintained } from '../spool/maintenance-mark.ts'
import type { House } from './house.ts'
import { listsAtOnce } from './maintain-all.ts'
import { maintain } from './upkeep.ts'

export { isAhead, maintainedAt } from '../spool/maintenance-mark.ts'

/**
 * A maintenance run over all lists of a spool, by one program at a time. A list that fails is told as
 * an event, and the others get their turn.
 *
 * @param dueBefore nothing is done when somebody has done it since this time (milliseconds since 1970)
 * @returns false when somebody else is at it, or has done it.
 * @throws Fault spoolTrouble when the spool cannot be read.
 */
export async function maintainSpool(
  house: House,
  spoolDir: string,
  dueBefore = Infinity,
): Promise<boolean> {
  const lock = await spoolLock(spoolDir)
  if (lock === 'held') return false
  try {
    if (((await maintainedAt(spoolDir, house.chance.now())) ?? -Infinity) > dueBefore) return false
    const dirs = await listsBelow(spoolDir)
    const problems = await problemsInAll(house, dirs)
    if (house.stop?.aborted) return false
    if (lock !== undefined) await markMaintained(spoolDir, house.chance.now())
    events.maintenanceFinished(spoolDir, dirs.length, problems)
    return true
  } finally {
    await lock?.release()
  }
}

/**
 * Undefined where we may not write into the spool itself, as on Debian, where only the lists are the
 * mail system's: each list has a lock of its own for its run.
 */
async function spoolLock(spoolDir: string): Promise<HeldLock | 'held' | undefined> {
  try {
    return (await tryLock(spoolDir, 'maintenance')) ?? 'held'
  } catch (thrown) {
    if (isFault(thrown, 'spoolTrouble')) return undefined
    throw thrown
  }
}

async function problemsInAll(house: House, dirs: readonly string[]): Promise<number> {
  let problems = 0
  await atOnce(listsAtOnce, dirs, async (dir) => {
    if (house.stop?.aborted) return
    const more = await problemsIn(house, dir)
    problems += more
  })
  return problems
}

async function problemsIn(house: House, dir: string): Promise<number> {
  try {
    return (await maintain(house, dir))?.length ?? 0
  } catch (thrown) {
    events.maintenanceProblem(dir, 'all', asFault(thrown).message)
    return 1
  }
}
