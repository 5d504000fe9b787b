import { becomeOwner, mustBeOwner } from '../spool/become-owner.ts'

/**
 * Before a command touches a list: root becomes the list's owner for good. `required` is for the
 * programs that nobody else may run; the others go on with what the file modes let them do.
 *
 * @throws Fault spoolTrouble when the caller may not run it, or the list cannot be looked at.
 */
export async function actAsOwner(listDir: string, who: 'required' | 'wished'): Promise<void> {
  await (who === 'required' ? mustBeOwner(listDir) : becomeOwner(listDir))
}
