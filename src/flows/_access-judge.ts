import { asFault } from '../base/fault.ts'
import { events } from '../base/events.ts'
import type { Settings } from '../list/tunables.ts'
import { judgeAccess, type AccessVerdict } from '../policy/access.ts'
import type { PostFacts } from '../policy/facts.ts'
import { ctime } from '../message/date.ts'
import { logOperation } from '../spool/operation-log.ts'
import type { House } from './house.ts'

/** The access rules of a list, ready to be asked by a verdict, and their line for the log after it. */
export async function accessJudge(
  house: House,
  listDir: string,
  facts: PostFacts,
  settings: Settings,
): Promise<{ ask: () => AccessVerdict; log: () => Promise<void> }> {
  let verdict: AccessVerdict | undefined
  const rules = settings.access
  // Lists without rules do not load the engine (27 ms for the mail path are our promise).
  const engine = rules && rules.length > 0 ? await import('../policy/ere-engine.ts') : undefined
  const ask = () => {
    verdict = judgeAccess(rules ?? [], facts.headerLines, facts.poster ?? '', engine?.compileEre)
    return verdict
  }
  const log = async () => {
    if (verdict === undefined) return
    for (const why of verdict.warnings) events.settingIgnored(listDir, 'control/access', why)
    const now = house.chance.now()
    try {
      await logOperation(listDir, verdict.log, ctime(now, house.zoneMinutes(now)))
    } catch (thrown) {
      // The log is for people; a mail does not wait for it.
      events.logFailed(listDir, asFault(thrown).message)
    }
  }
  return { ask, log }
}
