import { lstat } from 'node:fs/promises'
import { pathOn } from './_layout.ts'
import { mostMailBytes, readPlain } from './_plain-file.ts'
import { diskFault, unless } from './_trouble.ts'

/**
 * An archived post, byte for byte; undefined when there is none of this number. A link in its place
 * is none, as it could lead anywhere, and neither is what is too large to be one.
 */
export async function readPost(listDir: string, number: number): Promise<Buffer | undefined> {
  const [path, shown] = [pathOn(listDir, 'archive', String(number)), `archive/${number}`]
  try {
    const facts = await unless(['ENOENT', 'ENOTDIR'], lstat(path), undefined)
    if (!facts?.isFile() || facts.size > mostMailBytes) return undefined
    return await readPlain(path, mostMailBytes, shown)
  } catch (thrown) {
    throw diskFault(thrown, shown)
  }
}
