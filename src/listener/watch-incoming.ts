import { watch, type FSWatcher } from 'node:fs'
import { events } from '../base/events.ts'
import { errnoOf } from '../base/fault.ts'
import { folderIdentity, placesOf } from '../flows/spool-lists.ts'

export interface IncomingWatch {
  /** Watches the lists that are there now, and nothing else. */
  follow(listDirs: readonly string[]): Promise<void>
  close(): void
}

interface Watched {
  readonly identity: string
  readonly watcher: FSWatcher
}

/** A mail that was laid there by our own process is looked at by then. */
const quietMs = 100

/**
 * Notices mail that another program lays into incoming/: one watch for each list (libraries.md 1.6).
 * Where watches run out this says so once, and a sweep is the only means.
 */
export function watchIncoming(arrived: (listDir: string) => void): IncomingWatch {
  const watched = new Map<string, Watched>()
  const timers = new Map<string, NodeJS.Timeout>()
  let [told, closed] = [false, false]

  function fail(listDir: string, thrown: unknown): void {
    watched.get(listDir)?.watcher.close()
    watched.delete(listDir)
    if (!told) events.watchFailed(listDir, errnoOf(thrown) ?? String(thrown))
    told = true
  }

  function noticed(listDir: string, event: string, name: string | null): void {
    // One that is written to was noticed when it came.
    if (event !== 'rename') return
    if (name !== null && !/^[0-9a-f]{16}$/.test(name)) return
    if (timers.has(listDir)) return
    const tell = () => {
      timers.delete(listDir)
      arrived(listDir)
    }
    timers.set(listDir, setTimeout(tell, quietMs))
  }

  async function begin(listDir: string): Promise<void> {
    const { incoming } = placesOf(listDir)
    const identity = await folderIdentity(incoming)
    if (closed) return
    const before = watched.get(listDir)
    if (before?.identity === identity) return
    before?.watcher.close()
    watched.delete(listDir)
    if (identity === undefined) return
    try {
      const watcher = watch(incoming, (event, name) => noticed(listDir, event, name))
      watcher.on('error', (thrown) => fail(listDir, thrown))
      watched.set(listDir, { identity, watcher })
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown
      fail(listDir, thrown)
    }
  }

  return {
    async follow(listDirs) {
      const wanted = new Set(listDirs)
      for (const [listDir, { watcher }] of watched) {
        if (wanted.has(listDir)) continue
        watcher.close()
        watched.delete(listDir)
      }
      for (const listDir of listDirs) await begin(listDir)
    },
    close() {
      closed = true
      for (const { watcher } of watched.values()) watcher.close()
      for (const timer of timers.values()) clearTimeout(timer)
      watched.clear()
      timers.clear()
    },
  }
}
