import { constants } from 'node:fs'
import { lstat, open, rename } from 'node:fs/promises'
import { fileOf } from './_layout.ts'
import { giveToOwner } from './_private-directory.ts'
import { diskFault, unless } from './_trouble.ts'
import { tryLock } from './lock.ts'

/** Text from a mail can be as long as its header. */
const longestText = 4_096
/** Above this many bytes the log is put aside before the next line (spec spool 1.4). */
const fullBytes = 524_288

/**
 * Appends one line to the list's operation log. Text that came from a mail cannot begin a line of
 * its own: control characters become blanks.
 *
 * @param text a byte string
 * @param stamp the local time as ctime(3) writes it, 24 characters
 * @throws Fault spoolTrouble or spoolFull; a caller whose work is done already may go on.
 */
export async function logOperation(listDir: string, text: string, stamp: string): Promise<void> {
  const path = fileOf(listDir, 'operationLog')

  const line = `${stamp} ${text.slice(0, longestText)}`.replace(/[\u0000-\u001f\u007f]/g, ' ')
  try {
    if ((await sizeOf(path)) > fullBytes) await rotate(listDir, path)
    // A link in its place is followed, as mlmmj does; a FIFO that nobody reads fails at once.
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT
    const handle = await open(path, flags | constants.O_NONBLOCK, 0o600)
    try {
      await giveToOwner(listDir, path)
      await handle.appendFile(`${line}\n`, 'latin1')
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    throw diskFault(thrown, 'mlmmj.operation.log')
  }
}

/** Under a lock, so that two who find it full do not put aside the new one as well. */
async function rotate(listDir: string, path: string): Promise<void> {
  await using held = await tryLock(listDir, 'operation-log')
  if (held === undefined || (await sizeOf(path)) <= fullBytes) return
  await rename(path, fileOf(listDir, 'rotatedOperationLog'))
}

/** Of the entry itself: a link is as long as its target's name, so it never fills (as in mlmmj). */
async function sizeOf(path: string): Promise<number> {
  const found = await unless(['ENOENT'], lstat(path), undefined)
  return found?.size ?? 0
}
