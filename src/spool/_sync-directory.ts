import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { shownPath, type Place } from './_layout.ts'
import { Together } from './_together.ts'
import { diskFault, unless } from './_trouble.ts'

const together = new Together<Place>(async ([dir]) => {
  if (dir !== undefined) await syncNow(dir)
}, false)

/**
 * Makes names that were added to a directory, or taken from it, survive a crash. Callers share a
 * sync, but never one that had begun before they called: that one may have missed their names.
 *
 * @throws Fault spoolTrouble or spoolFull, to everybody who shared it
 */
export async function syncDirectory(dir: Place): Promise<void> {
  // Paths are bytes, and latin1 keeps different ones apart.
  await together.at(Buffer.from(dir).toString('latin1'), dir)
}

async function syncNow(dir: Place): Promise<void> {
  try {
    const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      // Some file systems cannot do this for directories, and say so.
      await unless(['EINVAL', 'ENOTSUP'], handle.sync(), undefined)
    } finally {
      // What was synced is on disk whatever close(2) says, so nobody waits for it.
      handle.close().catch(() => undefined)
    }
  } catch (thrown) {
    throw diskFault(thrown, shownPath(dir))
  }
}
