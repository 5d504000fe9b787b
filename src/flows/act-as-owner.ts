import { Fault } from '../base/fault.ts'
import { becomeOwner, mustBeOwner, ownerOfList, refuseToRoot } from '../spool/become-owner.ts'
import { listsBelow } from '../spool/lists.ts'
import { ensureSpool } from '../spool/ownership.ts'
import { spoolFinding } from './check-list.ts'

/**
 * Before a command touches a list: root becomes the list's owner for good. `required` is for the
 * programs that nobody else may run; the others go on with what the file modes let them do.
 *
 * @throws Fault spoolTrouble when the caller may not run it, or the list cannot be looked at.
 */
export async function actAsOwner(listDir: string, who: 'required' | 'wished'): Promise<void> {
  await (who === 'required' ? mustBeOwner(listDir) : becomeOwner(listDir))
}

/** Before the service touches a list. @throws Fault spoolTrouble for root, unless it is root's */
export async function notAsRoot(listDir: string): Promise<void> {
  refuseToRoot(listDir)
}

/**
 * Before the service touches a spool, which is made if need be: root becomes the owner of the spool,
 * or of its lists when the spool itself is root's, for good.
 *
 * @throws Fault spoolTrouble when root would have to be several users, or the spool is of no use; it
 *   says which command mends that.
 */
export async function actAsSpoolOwner(spoolDir: string): Promise<void> {
  await ensureSpool(spoolDir)
  await becomeOwner(spoolDir)
  if (process.geteuid?.() === 0) await becomeListsOwner(spoolDir)
  const finding = await spoolFinding(spoolDir)
  if (finding === undefined) return
  throw new Fault(
    'spoolTrouble',
    `the spool ${spoolDir} ${finding.why}; this mends it: ${finding.mend}`,
  )
}

async function becomeListsOwner(spoolDir: string): Promise<void> {
  const owners = new Map<number, string>()
  for (const dir of await listsBelow(spoolDir)) owners.set((await ownerOfList(dir)).uid, dir)
  if (owners.size > 1)
    throw new Fault(
      'spoolTrouble',
      `the lists in ${spoolDir} belong to different users (uids ${[...owners.keys()].join(', ')}); ` +
        `chown -R them to one of these, or run a service as each with a spool of its own`,
    )
  for (const dir of owners.values()) await becomeOwner(dir)
}
