import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { pathOn } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

/** An archived post, byte for byte; undefined when there is none of this number. */
export async function readPost(listDir: string, number: number): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  try {
    const path = pathOn(listDir, 'archive', String(number))
    const opened = await unless(['ENOENT', 'ELOOP', 'ENXIO'], open(path, flags), undefined)
    if (opened === undefined) return undefined
    await using file = opened
    return (await file.stat()).isFile() ? await file.readFile() : undefined
  } catch (thrown) {
    throw diskFault(thrown, `archive/${number}`)
  }
}
