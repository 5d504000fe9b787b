import { log } from '../base/events.ts'
import { eventLog } from '../spool/event-log.ts'
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
  const write = eventLog(listDir, chance.now)
  const listen = (message: unknown) => {
    const line = String(message)
    // A program that looks after many lists logs each of them apart.
    if ((listOf(line) ?? listDir) === listDir) write(line)
  }
  log.subscribe(listen)
  return () => void log.unsubscribe(listen)
}

/** As logEventsTo(), for every list that something happens in: for a program that serves them all. */
export function logEventsOfAll({ chance }: Pick<House, 'chance'>): () => void {
  if (allAreLogged) return () => undefined
  const logs = new Map<string, (line: string) => void>()
  const listen = (message: unknown) => {
    const line = String(message)
    const listDir = listOf(line)
    if (listDir === undefined) return
    const write = logs.get(listDir) ?? eventLog(listDir, chance.now)
    logs.set(listDir, write)
    write(line)
  }
  allAreLogged = true
  log.subscribe(listen)
  return () => {
    allAreLogged = false
    log.unsubscribe(listen)
  }
}

/** The list that an event is about, from its line; that of a lock by where it lies. */
function listOf(line: string): string | undefined {
  const [, quoted] = /^[a-z-]+ (?:[a-z]+=\S+ )*?list=("(?:[^"\\]|\\.)*")/.exec(line) ?? []
  if (quoted !== undefined) return String(JSON.parse(quoted))
  const [, lock] = /^lock-broken path=("(?:[^"\\]|\\.)*")/.exec(line) ?? []
  return lock === undefined ? undefined : listOfLock(String(JSON.parse(lock)))
}
