import { identityOf } from '../list/identity.ts'
import { settingsOf } from '../spool/settings.ts'
import type { OpenList } from './reply-request.ts'

/** @throws Fault noSuchList, badSettings, spoolTrouble */
export async function openList(dir: string): Promise<OpenList> {
  const settings = await settingsOf(dir)
  return { dir, settings, identity: identityOf(settings) }
}
