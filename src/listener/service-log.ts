import { log } from '../base/events.ts'
import type { Chance } from '../base/chance.ts'

/** What is said again for each mail, until somebody mends a control file. */
const repeated = /^(setting-ignored|line-ignored|ownership-wrong) /
const quietMs = 3_600_000
const mostRemembered = 10_000

/**
 * From now on each event is one line of the given output: time, event, `key="value"` pairs. What a
 * list's settings bring up for each mail is told once in an hour.
 *
 * @returns what ends that.
 */
export function logEvents({ now }: Pick<Chance, 'now'>, write: (line: string) => void): () => void {
  const told = new Map<string, number>()
  let held = ''
  const listen = (message: unknown) => {
    const line = String(message)
    if (repeated.test(line) && wasTold(line)) return
    if (held === '') setImmediate(flush)
    held += `${new Date(now()).toISOString()} ${line}\n`
  }

  /** What is said in one turn of the event loop is written together. */
  function flush(): void {
    const lines = held
    held = ''
    if (lines !== '') write(lines)
  }

  function wasTold(line: string): boolean {
    const before = told.get(line)
    if (before !== undefined && now() - before < quietMs) return true
    if (told.size >= mostRemembered) told.clear()
    told.set(line, now())
    return false
  }

  log.subscribe(listen)
  process.on('exit', flush)
  return () => {
    log.unsubscribe(listen)
    process.off('exit', flush)
    flush()
  }
}
