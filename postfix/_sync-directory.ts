import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { errnoOf } from '../src/base/fault.ts'

/** Makes names that came to a directory, or left it, survive a crash. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } catch (thrown) {
    // Some file systems cannot do this for directories, and say so.
    if (!['EINVAL', 'ENOTSUP'].includes(errnoOf(thrown) ?? '')) throw thrown
  } finally {
    await handle.close()
  }
}
