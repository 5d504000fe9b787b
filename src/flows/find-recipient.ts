import { isFault } from '../base/fault.ts'
import { identityOf, matchAddress } from '../list/identity.ts'
import { listsBelow } from '../spool/lists.ts'
import { settingsOf } from '../spool/settings.ts'

/** The list that an envelope recipient belongs to. */
export interface ListRecipient {
  readonly listDir: string
  /** What stood behind the delimiter; empty for the list itself. */
  readonly extension: string
}

/**
 * Looks up an envelope recipient in all lists below a directory. A list that cannot be read is
 * passed over: it shall not stop mail for the others.
 */
export async function findRecipient(
  spoolDir: string,
  address: string,
): Promise<ListRecipient | undefined> {
  for (const listDir of await listsBelow(spoolDir)) {
    const match = await matchIn(listDir, address)
    if (match !== undefined) return { listDir, extension: match.extension }
  }
  return undefined
}

async function matchIn(listDir: string, address: string) {
  try {
    return matchAddress(identityOf(await settingsOf(listDir)), address)
  } catch (thrown) {
    if (isFault(thrown, 'badSettings') || isFault(thrown, 'noSuchList')) return undefined
    throw thrown
  }
}
