import { stat, utimes } from 'node:fs/promises'
import { pathOn } from './_layout.ts'
import { createExclusive, diskFault } from './durable.ts'
import { unless } from './_trouble.ts'

const markName = 'maintained'
/** Machines that share a spool may differ by so much (milliseconds). */
const clockErrorMs = 60_000

/**
 * When all lists of a spool were last maintained, by whichever service (milliseconds since 1970);
 * undefined when that never happened, or by a clock that was put back since then.
 *
 * @param now milliseconds since 1970
 */
export async function maintainedAt(spoolDir: string, now: number): Promise<number | undefined> {
  const mark = pathOn(spoolDir, 'private', markName)
  try {
    const found = await unless(['ENOENT', 'ENOTDIR', 'EACCES'], stat(mark), undefined)
    return found === undefined || isAhead(found.mtimeMs, now) ? undefined : found.mtimeMs
  } catch (thrown) {
    throw diskFault(thrown, 'the mark of maintenance')
  }
}

/** Whether a time was taken from a clock that was put back since then. */
export function isAhead(time: number, now: number): boolean {
  return time > now + clockErrorMs
}

/** Remembers that it was done now. @throws Fault spoolTrouble where the spool cannot be written. */
export async function markMaintained(spoolDir: string, now: number): Promise<void> {
  const mark = pathOn(spoolDir, 'private', markName)
  try {
    await createExclusive(spoolDir, mark, Buffer.alloc(0))
    await utimes(mark, now / 1_000, now / 1_000)
  } catch (thrown) {
    throw diskFault(thrown, 'the mark of maintenance')
  }
}
