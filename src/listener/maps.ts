import { events } from '../base/events.ts'
import { asFault } from '../base/fault.ts'
import { writeMaps, type MapsOptions, type WrittenMaps } from '../flows/postfix-maps.ts'

export interface KeptMapsOptions extends MapsOptions {
  /** How long changes are gathered before the maps are written (milliseconds). */
  readonly quietMs?: number
  /** How long after a failure it is tried again. */
  readonly againMs?: number
}

export interface KeptMaps {
  /** Says that lists have changed; returns at once. */
  changed(): void
  /** Writes now, if need be; for starting, and for a sweep. */
  write(): Promise<void>
  close(): Promise<void>
}

/**
 * Keeps the map files of a Postfix as the spool says. A failure is an event and is tried again; the
 * old maps stay until then.
 */
export function keepMaps(options: KeptMapsOptions): KeptMaps {
  const { quietMs = 100, againMs = 30_000 } = options
  let timer: NodeJS.Timeout | undefined
  let waiting = 0
  let running = Promise.resolve()
  let closed = false
  let told = ''

  function after(ms: number): void {
    if (closed || (timer !== undefined && ms >= waiting)) return
    clearTimeout(timer)
    waiting = ms
    timer = setTimeout(() => void write(), ms)
  }

  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    running = running.then(async () => {
      try {
        tell(await writeMaps(options))
      } catch (thrown) {
        events.maintenanceProblem(options.mapsDir, 'maps', asFault(thrown).message)
        after(againMs)
      }
    })
    return running
  }

  /** Once for each state: the maps are written more often than somebody reads a log. */
  function tell({ leftOut }: WrittenMaps): void {
    const now = JSON.stringify(leftOut)
    if (now === told) return
    told = now
    for (const { path, file, why } of leftOut)
      events.settingIgnored(path.join('/'), `control/${file}`, why)
  }

  return {
    changed: () => after(quietMs),
    write,
    async close() {
      closed = true
      clearTimeout(timer)
      await running
    },
  }
}
