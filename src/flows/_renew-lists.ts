import { Fault } from '../base/fault.ts'
import { ownerOfList } from '../spool/become-owner.ts'
import { listsBelow } from '../spool/lists.ts'
import { isList } from '../spool/settings.ts'

/** @throws Fault noSuchList when none of the directories is a list */
export async function firstList(dirs: readonly string[]): Promise<string> {
  for (const dir of dirs) if (await isList(dir)) return dir
  throw new Fault('noSuchList', `there is no list in ${[...new Set(dirs)].join(', nor in ')}`)
}

/**
 * All lists of a spool that one run can serve: root becomes their owner and cannot come back from
 * that, so it cannot serve lists of several owners.
 *
 * @throws Fault noSuchList when there is no such spool, notAllowed for lists of several owners
 */
export async function listsOfOneOwner(spoolDir: string): Promise<readonly string[]> {
  await ownerOfList(spoolDir)
  const dirs = await listsBelow(spoolDir)
  const uids = new Set<number>()
  for (const dir of dirs) uids.add((await ownerOfList(dir)).uid)
  if (uids.size > 1 && process.geteuid?.() === 0)
    throw new Fault(
      'notAllowed',
      `the lists in ${spoolDir} belong to the users ${[...uids].sort().join(', ')}:` +
        ' name one list at a time, or run this as each of these users',
    )
  return dirs
}
