import { lstatSync, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { atOnce } from '../base/at-once.ts'
import { errnoOf, Fault, isFault } from '../base/fault.ts'
import { envelopePath, keepEnvelope } from './_envelopes.ts'
import type { JournalEntry } from './_journal-record.ts'
import { pathOn } from './_layout.ts'
import { giveToOwner } from './_private-directory.ts'
import { allOf, diskFault, unless } from './_trouble.ts'
import { createNamed, syncDirectory } from './durable.ts'
import { isMailId, type MailId } from './mail-id.ts'

/** Files that are written and synced at the same time; the disk makes one commit of them. */
const filesAtOnce = 16

/** Where mails lie complete, until the journal does not have them any more. */
function placingDir(listDir: string): string {
  return pathOn(listDir, 'private', 'placing')
}

/** @throws Fault spoolFull or spoolTrouble */
export async function makePlacing(listDir: string): Promise<void> {
  const dir = placingDir(listDir)
  try {
    await unless(['EEXIST'], mkdir(dir, { mode: 0o700 }), undefined)
    mustBeDirectory(dir)
    await giveToOwner(listDir, dir)
  } catch (thrown) {
    throw diskFault(thrown, 'placing')
  }
}

/** A link in its place would lead to the mails of others. */
function mustBeDirectory(dir: string): void {
  if (!lstatSync(dir).isDirectory())
    throw new Fault('spoolTrouble', '.mlmmj-ts/placing is no directory')
}

/** Whether a mail can be renamed from there into incoming/. */
export function canPlace(listDir: string): boolean {
  return lstatSync(placingDir(listDir)).dev === statSync(pathOn(listDir, 'incoming')).dev
}

/**
 * Makes a file of each entry, on disk to stay, where nobody looks for mail yet: the journal must be
 * emptied before anybody may process them, or a crash would bring them once more.
 *
 * @param stillMine asked again and again: who stood still for minutes must not go on beside another
 * @returns which mails they are
 * @throws Fault spoolFull or spoolTrouble; the journal has them still then; busy when it was lost
 */
export async function layOut(
  listDir: string,
  entries: Iterable<JournalEntry> | AsyncIterable<JournalEntry>,
  stillMine: () => Promise<void>,
): Promise<readonly MailId[]> {
  const ids: MailId[] = []
  let batch: Promise<void>[] = []
  try {
    for await (const entry of entries) {
      ids.push(entry.id)
      const made = layOutOne(listDir, entry)
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
  await allOf([syncDirectory(placingDir(listDir)), syncDirectory(pathOn(listDir, 'incoming'))])
  return ids
}

async function layOutOne(
  listDir: string,
  { id, arrival, mail, taken }: JournalEntry,
): Promise<void> {
  const path = `${placingDir(listDir)}/${id}`
  await allOf([
    anew(envelopePath(listDir, id), () => keepEnvelope(listDir, id, arrival)),
    anew(path, () => createNamed(listDir, [path], mail, taken / 1_000_000)),
  ])
}

/** An earlier attempt that was interrupted may have left part of it. */
async function anew(path: string, make: () => Promise<unknown>): Promise<void> {
  try {
    await make()
  } catch (thrown) {
    if (!isFault(thrown) || errnoOf(thrown.cause) !== 'EEXIST') throw thrown
    await rm(path, { force: true })
    await make()
  }
}

/**
 * Gives laid out mails their place in incoming/: all that can be moved, also when one cannot.
 *
 * @throws Fault spoolFull or spoolTrouble when it comes to its end
 */
export async function moveIn(listDir: string, ids: Iterable<MailId>): Promise<void> {
  const [from, to] = [placingDir(listDir), pathOn(listDir, 'incoming')]
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
export async function laidOut(listDir: string): Promise<readonly MailId[]> {
  const names: string[] = await unless(['ENOENT'], readdir(placingDir(listDir)), [])
  return names.filter(isMailId)
}

export async function removePlacing(listDir: string): Promise<void> {
  await unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(placingDir(listDir)), undefined)
}
