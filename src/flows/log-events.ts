import { log } from '../base/events.ts'
import { eventLog } from '../spool/event-log.ts'
import type { House } from './house.ts'

/**
 * From now on, what happens is written to the list's own log, LD/mlmmj-ts.log.
 *
 * @returns what ends that.
 */
export function logEventsTo({ chance }: Pick<House, 'chance'>, listDir: string): () => void {
  const write = eventLog(listDir, chance.now)
  const listen = (line: unknown) => write(String(line))
  log.subscribe(listen)
  return () => void log.unsubscribe(listen)
}
