import { log } from '../base/events.ts'
import { eventLog, type EventLog } from '../spool/event-log.ts'
import { listOfLock } from '../spool/lock.ts'
import type { House } from './house.ts'

/** Set while one subscriber writes the logs of all lists. */
let allAreLogged = false

/**
 * From now on, what happens in a list is written to the list's own log, LD/mlmmj-ts.log.
 *
 * @returns what ends that.
 */
export function logEventsTo({ chance }: Pick<House, 'chance'>, listDir: string): () => void {
  if (allAreLogged) return () => undefined
  const own = eventLog(listDir, chance.now)
  const listen = (message: unknown) => {
    const line = String(message)
    // A program that looks after many lists logs each of them apart.
    if ((listOf(line) ?? listDir) === listDir) own.write(line)
  }
  log.subscribe(listen)
  return () => void log.unsubscribe(listen)
}

/** So long lines of a busy list are held back (milliseconds). */
const gatherMs = 100

/** As logEventsTo(), for every list that something happens in: for a program that serves them all. */
export function logEventsOfAll({ chance }: Pick<House, 'chance'>): () => void {
  if (allAreLogged) return () => undefined
  const logs = new Map<string, EventLog>()
  const listen = (message: unknown) => {
    const line = String(message)
    const listDir = listOf(line)
    if (listDir === undefined) return
    const own = logs.get(listDir) ?? eventLog(listDir, chance.now, gatherMs)
    logs.set(listDir, own)
    own.write(line)
  }
  const flush = () => {
    for (const own of logs.values()) own.flush()
  }
  allAreLogged = true
  log.subscribe(listen)
  process.on('exit', flush)
  return () => {
    allAreLogged = false
    log.unsubscribe(listen)
    process.off('exit', flush)
    flush()
  }
}

/** The list that an event is about, from its line; that of a lock by where it lies. */
function listOf(line: string): string | undefined {
  const [, quoted] = /^[a-z-]+ (?:[a-z]+=\S+ )*?list=("(?:[^"\\]|\\.)*")/.exec(line) ?? []
  if (quoted !== undefined) return String(JSON.parse(quoted))
  const [, lock] = /^lock-broken path=("(?:[^"\\]|\\.)*")/.exec(line) ?? []
  return lock === undefined ? undefined : listOfLock(String(JSON.parse(lock)))
}
