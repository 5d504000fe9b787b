import { events } from '../base/events.ts'
import { asFault } from '../base/fault.ts'
import { checkList } from '../flows/check-list.ts'
import type { House } from '../flows/house.ts'
import {
  controlStamp,
  folderIdentity,
  journalIsLeft,
  listDirsOf,
  placesOf,
  waitingIn,
} from '../flows/spool-lists.ts'
import type { Retries } from './retries.ts'
import { watchEdits, type EditsWatch } from './watch-edits.ts'
import { watchIncoming } from './watch-incoming.ts'

export interface WatchOptions {
  readonly house: House
  readonly spoolDir: string
  /** Between two sweeps (milliseconds). */
  readonly sweepMs?: number
  /** A list has mail in incoming/. */
  stored(listDir: string): void
  readonly retries: Pick<Retries, 'look' | 'isPlanned'>
  /** Lists came, went, or were edited: maps must be written. */
  listsChanged(): void
}

export interface Watch {
  /** Looks at every list, and finds what no event told of. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/**
 * Sees what others do in the spool: mail laid into incoming/, lists that come and go, and control
 * files edited by hand. Events make it quick, and a sweep each minute makes it sure. What in an
 * edited list has no effect is named in the log.
 */
export function keepWatch(options: WatchOptions): Watch {
  const { house, spoolDir, sweepMs = 60_000, stored, retries, listsChanged } = options
  /** The lists there are, each with a text that differs when its control files do. */
  const known = new Map<string, string>()
  let begun = false
  let closed = false
  let running = Promise.resolve()
  let next: Promise<void> | undefined
  let edits: EditsWatch | undefined
  /** Lists that a person has edited, as far as we know: their control files are looked into. */
  const unchecked = new Set<string>()
  let checking: Promise<void> | undefined

  const incoming = watchIncoming((listDir) => {
    if (!closed) stored(listDir)
  })
  const timer = setInterval(() => void sweep(), sweepMs)

  /** Begins after this call; shared by all who wait for it. */
  function sweep(): Promise<void> {
    next ??= running.then(() => {
      next = undefined
      running = sweepNow().catch(tellTrouble)
      return running
    })
    return next
  }

  /** As a sweep, of lists that are known and still there; of all when one of them is not. */
  async function glance(listDirs: readonly string[]): Promise<void> {
    for (const dir of listDirs)
      if (!known.has(dir) || !(await folderIdentity(placesOf(dir).control))) return await sweep()
    running = running.then(() => glanceNow(listDirs)).catch(tellTrouble)
    await running
  }

  async function glanceNow(listDirs: readonly string[]): Promise<void> {
    let changed = false
    for (const dir of listDirs) if (!closed && (await differs(dir))) changed = true
    if (changed) listsChanged()
    check()
  }

  function tellTrouble(thrown: unknown): void {
    events.maintenanceProblem(spoolDir, 'sweep', asFault(thrown).message)
  }

  async function sweepNow(): Promise<void> {
    if (closed) return
    const dirs = await listDirsOf(spoolDir)
    let changed = vanished(dirs)
    for (const dir of dirs) {
      if (closed) return
      if (await differs(dir)) changed = true
    }
    if (changed || !begun) listsChanged()
    await incoming.follow(dirs)
    for (const dir of dirs) if (!closed) await wake(dir).catch(tellTrouble)
    if (!begun) beginEdits()
    begun = true
    check()
  }

  /** After the first sweep, so that a start with many lists soon has time for mail. */
  function beginEdits(): void {
    if (closed) return
    edits = watchEdits({
      spoolDir,
      edited: (listDirs) => void glance(listDirs).catch(tellTrouble),
    })
    // What was edited before everything was watched.
    void edits.ready.then(sweep)
  }

  function vanished(dirs: readonly string[]): boolean {
    const now = new Set(dirs)
    const gone = [...known.keys()].filter((dir) => !now.has(dir))
    for (const dir of gone) {
      known.delete(dir)
      events.listVanished(dir)
    }
    return gone.length > 0
  }

  async function differs(dir: string): Promise<boolean> {
    const before = known.get(dir)
    const stamp = await controlStamp(dir)
    if (stamp === before) return false
    known.set(dir, stamp)
    if (begun && before === undefined) events.listAppeared(dir)
    else if (begun) events.listChanged(dir, 'control')
    unchecked.add(dir)
    return true
  }

  /** Nobody waits for this: mail goes first. */
  function check(): void {
    checking ??= checkAll()
      .catch(tellTrouble)
      .finally(() => (checking = undefined))
  }

  async function checkAll(): Promise<void> {
    for (const dir of unchecked) {
      if (closed) return
      unchecked.delete(dir)
      for (const { path, why, mend } of await checkList(dir))
        if (mend === undefined) events.settingIgnored(dir, path, why)
        else events.ownershipWrong(dir, path, why, mend)
    }
  }

  /** What waits is worked on, unless its time for the next try is set already. */
  async function wake(dir: string): Promise<void> {
    if (retries.isPlanned(dir) && !(await journalIsLeft(dir))) return
    const { mails, deliveries } = await waitingIn(house, dir)
    if (mails > 0) stored(dir)
    else if (deliveries > 0) retries.look(dir)
  }

  return {
    sweep,
    async close() {
      closed = true
      clearInterval(timer)
      incoming.close()
      await edits?.close()
      await checking
      await next
      await running
    },
  }
}
