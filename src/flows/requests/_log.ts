import { asFault } from '../../base/fault.ts'
import { events } from '../../base/events.ts'
import { ctime } from '../../message/date.ts'
import { logOperation } from '../../spool/operation-log.ts'
import type { RequestMail } from './request.ts'

/** A line in the list's operation log (spec spool 1.4). A full disk is told as an event instead. */
export async function logRequest({ house, list }: RequestMail, text: string): Promise<void> {
  const now = house.chance.now()
  try {
    await logOperation(list.dir, text, ctime(now, house.zoneMinutes(now)))
  } catch (thrown) {
    events.logFailed(list.dir, asFault(thrown).message)
  }
}
