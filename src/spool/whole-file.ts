import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { realChance } from '../base/chance.ts'
import { readPlain } from './_plain-file.ts'
import { diskFault, unless } from './_trouble.ts'
import { syncDirectory } from './durable.ts'

/** Drafts older than this belong to nobody any more (milliseconds). */
const staleMs = 60_000
/** Maps of a hundred thousand lists have a tenth of this. */
const mostBytes = 268_435_456

/**
 * Gives a file outside of the lists a new content: the old one or the new one is there, never a
 * part of either. An existing file keeps its owner; the draft beside it begins with a dot.
 *
 * @param mode of the file, whatever our umask is; unless given, an existing file keeps its own
 * @throws Fault spoolTrouble, spoolFull
 */
export async function writeWhole(path: string, content: Uint8Array, mode?: number): Promise<void> {
  const draft = draftBeside(path)
  try {
    await sweep(path)
    const old = await unless(['ENOENT'], stat(path), undefined)
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.chmod(mode ?? (old === undefined ? 0o644 : old.mode & 0o7777))
      if (old !== undefined) await keepOwner(file, old)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncDirectory(dirname(path))
  } catch (thrown) {
    throw diskFault(thrown, path)
  } finally {
    await rm(draft, { force: true })
  }
}

/** The content of a file; undefined when there is none. @throws Fault spoolTrouble for no plain file */
export async function contentOf(path: string): Promise<Buffer | undefined> {
  return await readPlain(path, mostBytes, path, 'followed')
}

/** Removes a file, if it is there. @throws Fault spoolTrouble */
export async function removeWhole(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
    await syncDirectory(dirname(path))
  } catch (thrown) {
    throw diskFault(thrown, path)
  }
}

/** A name beside a file that nobody looks at. */
export function draftBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.new-${realChance.id()}`)
}

async function keepOwner(file: FileHandle, old: { uid: number; gid: number }): Promise<void> {
  const { uid, gid } = await file.stat()
  if (uid !== old.uid || gid !== old.gid)
    await unless(['EPERM'], file.chown(old.uid, old.gid), undefined)
}

/** Removes what a killed program left. */
async function sweep(path: string): Promise<void> {
  const [dir, prefix] = [dirname(path), `.${basename(path)}.new-`]
  for (const name of await readdir(dir)) {
    const draft = join(dir, name)
    if (!name.startsWith(prefix)) continue
    const { mtimeMs } = await unless(['ENOENT'], stat(draft), { mtimeMs: realChance.now() })
    if (realChance.now() - mtimeMs > staleMs) await rm(draft, { force: true })
  }
}
