import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { diskFault, unless } from './_trouble.ts'
import { isList } from './settings.ts'

/**
 * The list directories of a spool: directly below it, or one level deeper (`domain/list`). Names that
 * begin with a dot are drafts and are passed over.
 */
export async function listsBelow(spoolDir: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const dir of await foldersIn(spoolDir)) {
    if (await isList(dir)) found.push(dir)
    else for (const deeper of await foldersIn(dir)) if (await isList(deeper)) found.push(deeper)
  }
  return found
}

async function foldersIn(dir: string): Promise<readonly string[]> {
  try {
    const names = await unless(['ENOENT', 'ENOTDIR', 'EACCES'], readdir(dir), [])
    return names.filter((name) => !name.startsWith('.')).map((name) => join(dir, name))
  } catch (thrown) {
    throw diskFault(thrown, dir)
  }
}
