import { rm, unlink } from 'node:fs/promises'
import { events } from '../base/events.ts'
import { envelopePath } from './_envelopes.ts'
import { entriesLeft } from './_journal-file.ts'
import { abandonedHomes, removeJournalHome, removeJournals } from './_journal-home.ts'
import { takeJournalHome, type JournalHome } from './_journal-home.ts'
import type { JournalEntry } from './_journal-record.ts'
import { laidOut, layOut, moveIn } from './_place-entries.ts'
import { diskFault, unless } from './_trouble.ts'
import { syncDirectory } from './durable.ts'
import type { HeldLock } from './lock.ts'
import type { MailId } from './mail-id.ts'
import { hasJournal } from './recover-journal.ts'

/** As recoverJournal(), for who holds the lock. One that is in trouble does not hold up the others. */
export async function recoverUnder(lock: HeldLock, listDir: string): Promise<number> {
  if (!hasJournal(listDir)) return 0
  let [mails, trouble] = [0, undefined as unknown]
  try {
    for (const name of await abandonedHomes(listDir)) {
      // Or it may be his who took the lock from us.
      await lock.stillMine()
      try {
        const home = await takeJournalHome(listDir, lock, name)
        mails += await recoverHome(lock, listDir, home)
        await removeJournalHome(listDir, home)
      } catch (thrown) {
        trouble ??= thrown
      }
    }
    // Whoever made it may have been killed before there was anything in it.
    await removeJournals(listDir)
    if (mails > 0) events.journalRecovered(listDir, mails)
    if (trouble !== undefined) throw trouble
    return mails
  } catch (thrown) {
    throw diskFault(thrown, 'a journal')
  }
}

async function recoverHome(lock: HeldLock, listDir: string, home: JournalHome): Promise<number> {
  const stillMine = () => lock.stillMine()
  let trouble: unknown
  /** Complete, and in no journal any more. */
  const sure: MailId[] = []
  for (const path of home.files) {
    try {
      const ids = await layOut(listDir, home.placing, afresh(lock, listDir, home, path), stillMine)
      await stillMine()
      await unless(['ENOENT'], unlink(path), undefined)
      sure.push(...ids)
    } catch (thrown) {
      trouble ??= thrown
    }
  }
  await syncDirectory(home.dir)
  // As long as a journal has some of them, what else lies there may be half.
  const ids = trouble === undefined ? await laidOut(home.placing) : sure
  await moveIn(listDir, home.placing, ids)
  if (trouble !== undefined) throw trouble
  return ids.length
}

/** What an interrupted attempt to lay them out has left of them may be half, and goes. */
async function* afresh(
  lock: HeldLock,
  listDir: string,
  { placing }: JournalHome,
  path: string,
): AsyncGenerator<JournalEntry> {
  for await (const entry of entriesLeft(path)) {
    await lock.stillMine()
    await rm(envelopePath(listDir, entry.id), { force: true })
    await rm(`${placing}/${entry.id}`, { force: true })
    yield entry
  }
}
