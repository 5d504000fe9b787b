import { unlink } from 'node:fs/promises'
import { events } from '../base/events.ts'
import { entriesLeft } from './_journal-file.ts'
import { pathOn } from './_layout.ts'
import { laidOut, layOut, makePlacing, moveIn, removePlacing } from './_place-entries.ts'
import { diskFault, unless } from './_trouble.ts'
import { syncDirectory } from './durable.ts'
import type { HeldLock } from './lock.ts'
import type { MailId } from './mail-id.ts'
import { hasJournal, journalPaths } from './recover-journal.ts'

/** As recoverJournal(), for who holds the lock. */
export async function recoverUnder(lock: HeldLock, listDir: string): Promise<number> {
  if (!hasJournal(listDir)) return 0
  let trouble: unknown
  try {
    await makePlacing(listDir)
    /** Complete, and in no journal any more. */
    const sure: MailId[] = []
    for (const path of journalPaths(listDir)) {
      try {
        const ids = await layOut(listDir, entriesLeft(path), () => lock.stillMine())
        await lock.stillMine()
        await unless(['ENOENT'], unlink(path), undefined)
        sure.push(...ids)
      } catch (thrown) {
        trouble ??= thrown
      }
    }
    await syncDirectory(pathOn(listDir, 'private'))
    // As long as a journal has some of them, what else lies there may be half.
    if (trouble !== undefined) {
      await moveIn(listDir, sure)
      throw trouble
    }
    const ids = await laidOut(listDir)
    await moveIn(listDir, ids)
    await removePlacing(listDir)
    if (ids.length > 0) events.journalRecovered(listDir, ids.length)
    return ids.length
  } catch (thrown) {
    throw diskFault(thrown, 'a journal')
  }
}
