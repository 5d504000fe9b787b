import { identityOf } from '../list/identity.ts'
import { settingsNow } from '../spool/settings.ts'
import type { OpenList } from './reply-request.ts'

/** @throws Fault noSuchList, badSettings, spoolTrouble */
export async function openList(dir: string): Promise<OpenList> {
  return openListNow(dir)
}

/** As openList(), done when this returns, for who opens lists by the thousand. */
export function openListNow(dir: string): OpenList {
  const settings = settingsNow(dir)
  return { dir, settings, identity: identityOf(settings) }
}
