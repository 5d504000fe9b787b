import { atOnce } from '../base/at-once.ts'
import { asFault } from '../base/fault.ts'
import { listsBelow } from '../spool/lists.ts'
import { ownerNow, type ListOwner } from '../spool/become-owner.ts'
import { repairOwnership } from '../spool/repair-ownership.ts'
import type { House } from './house.ts'
import { logEventsOfAll } from './log-events.ts'
import { maintain } from './upkeep.ts'

/** Tells a person how far a run is: a list, and what is wrong with it. */
export type Report = (listDir: string, problem: string) => Promise<unknown>

/** Lists that are maintained at the same time: one whose relay hangs shall not keep the others. */
export const listsAtOnce = 8

/** A maintenance run over some lists. A list that fails is reported, and the others get their turn. */
export async function maintainLists(
  house: House,
  listDirs: readonly string[],
  report: Report,
): Promise<void> {
  const stopLogs = logEventsOfAll(house)
  try {
    await atOnce(listsAtOnce, listDirs, async (dir) => {
      try {
        const problems = await maintain(house, dir)
        if (problems === undefined) await report(dir, 'another run is at it')
        else for (const problem of problems) await report(dir, problem)
      } catch (thrown) {
        await report(dir, asFault(thrown).message)
      }
    })
  } finally {
    stopLogs()
  }
}

/**
 * The lists below a directory, by owner: root works on each owner's lists in a process that has
 * become that owner for good, one for all lists of the same owner (spec spool 1.3, *Quirk* of 1.3).
 */
export async function listsByOwner(
  directory: string,
): Promise<readonly { owner: ListOwner; listDirs: readonly string[] }[]> {
  // A directory that is not there is a mistake, not a spool without lists.
  ownerNow(directory)
  const found = new Map<number, { owner: ListOwner; listDirs: string[] }>()
  for (const dir of await listsBelow(directory)) {
    const owner = ownerNow(dir)
    const entry = found.get(owner.uid) ?? { owner, listDirs: [] }
    entry.listDirs.push(dir)
    found.set(owner.uid, entry)
  }
  return [...found.values()]
}

/** What only root can do, and must do before it becomes somebody else. */
export async function repairAsRoot(listDir: string, report: Report): Promise<void> {
  const repaired = await repairOwnership(listDir)
  if (repaired > 0) await report(listDir, `${repaired} files of root were given to the owner`)
}
