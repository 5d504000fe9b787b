import { readdir, rename } from 'node:fs/promises'
import { atOnce } from '../base/at-once.ts'
import { keepEnvelope } from './_envelopes.ts'
import type { JournalEntry } from './_journal-record.ts'
import { pathOn } from './_layout.ts'
import { allOf, diskFault } from './_trouble.ts'
import { createNamed, syncDirectory } from './durable.ts'
import { isMailId, type MailId } from './mail-id.ts'

/** Files that are written and synced at the same time; the disk makes one commit of them. */
const filesAtOnce = 16

/**
 * Makes a file of each entry, on disk to stay, where nobody looks for mail yet: the journal must be
 * emptied before anybody may process them, or a crash would bring them once more.
 *
 * @param placing where to
 * @param stillMine asked again and again: who stood still for minutes must not go on beside another
 * @returns which mails they are
 * @throws Fault spoolFull or spoolTrouble; the journal has them still then; busy when it was lost
 */
export async function layOut(
  listDir: string,
  placing: string,
  entries: Iterable<JournalEntry> | AsyncIterable<JournalEntry>,
  stillMine: () => Promise<void>,
): Promise<readonly MailId[]> {
  const ids: MailId[] = []
  let batch: Promise<void>[] = []
  try {
    for await (const entry of entries) {
      ids.push(entry.id)
      const made = layOutOne(listDir, placing, entry)
      // It may fail while the next entry is read; that is told with the batch.
      made.catch(() => undefined)
      batch.push(made)
      if (batch.length < filesAtOnce) continue
      await allOf(batch)
      batch = []
      await stillMine()
    }
  } finally {
    await allOf(batch)
  }
  await allOf([syncDirectory(placing), syncDirectory(pathOn(listDir, 'incoming'))])
  return ids
}

async function layOutOne(
  listDir: string,
  placing: string,
  { id, arrival, mail, taken }: JournalEntry,
): Promise<void> {
  const made = createNamed(listDir, [`${placing}/${id}`], mail, taken / 1_000_000)
  await allOf([keepEnvelope(listDir, id, arrival), made])
}

/**
 * Gives laid out mails their place in incoming/: all that can be moved, also when one cannot.
 *
 * @throws Fault spoolFull or spoolTrouble when it comes to its end
 */
export async function moveIn(listDir: string, from: string, ids: Iterable<MailId>): Promise<void> {
  const to = pathOn(listDir, 'incoming')
  let trouble: unknown
  try {
    await atOnce(filesAtOnce, ids, (id) =>
      rename(`${from}/${id}`, `${to}/${id}`).catch((thrown: unknown) => void (trouble ??= thrown)),
    )
    if (trouble !== undefined) throw trouble
    await allOf([syncDirectory(to), syncDirectory(from)])
  } catch (thrown) {
    throw diskFault(thrown, 'incoming')
  }
}

/** The mails that were laid out; all are complete when no journal has any of them. */
export async function laidOut(placing: string): Promise<readonly MailId[]> {
  return (await readdir(placing)).filter(isMailId)
}
