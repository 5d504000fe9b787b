import { lstatSync } from 'node:fs'
import { errnoOf } from '../base/fault.ts'
import { pathOn } from './_layout.ts'
import { lockIsHeld, tryLock } from './lock.ts'

/** Whoever holds it may write the journals of a list, or bring in what they hold. */
export const journalLock = 'journal'

const name = 'journal'

/** Each holder of the lock has a directory in there, as long as mails are on their way. */
export function journalsDir(listDir: string): string {
  return pathOn(listDir, 'private', name)
}

/** Whether a name in LD/.mlmmj-ts is there only while mails are on their way into incoming/. */
export function isJournalName(file: string): boolean {
  return file === name
}

/** Whether there is a journal, in use or left behind. Looked at in one go: it is asked for each mail. */
export function hasJournal(listDir: string): boolean {
  try {
    return lstatSync(journalsDir(listDir), { throwIfNoEntry: false }) !== undefined
  } catch (thrown) {
    // Where we may not look, nothing is ours.
    if (errnoOf(thrown) !== undefined) return false
    throw thrown
  }
}

/** Whether a program that is gone left a journal. */
export async function journalIsLeft(listDir: string): Promise<boolean> {
  return hasJournal(listDir) && !(await lockIsHeld(listDir, journalLock))
}

/**
 * Brings into incoming/ what a killed program had taken and not placed there yet. Nothing is done
 * while the program that has the journal is alive: it does that itself.
 *
 * @returns how many mails it were.
 * @throws Fault spoolFull or spoolTrouble; the mails are where they were then.
 */
export async function recoverJournal(listDir: string): Promise<number> {
  if (!hasJournal(listDir)) return 0
  await using lock = await tryLock(listDir, journalLock)
  if (lock === undefined) return 0
  // There is hardly ever one, and node:zlib comes with it.
  const { recoverUnder } = await import('./_recover-under.ts')
  return await recoverUnder(lock, listDir)
}
