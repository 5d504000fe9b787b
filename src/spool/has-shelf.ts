import { stat } from 'node:fs/promises'
import { pathOn, type Shelf } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

/** Whether a list directory has a directory for this. */
export async function hasShelf(listDir: string, shelf: Shelf): Promise<boolean> {
  try {
    const found = await unless(['ENOENT', 'ENOTDIR'], stat(pathOn(listDir, shelf)), undefined)
    return found?.isDirectory() ?? false
  } catch (thrown) {
    throw diskFault(thrown, listDir)
  }
}
