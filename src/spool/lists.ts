import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../base/fault.ts'
import { diskFault } from './_trouble.ts'
import { isListNow } from './settings.ts'

/**
 * The list directories of a spool: directly below it, or one level deeper (`domain/list`). Names that
 * begin with a dot are drafts and are passed over.
 */
export async function listsBelow(spoolDir: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const dir of foldersIn(spoolDir)) {
    if (isListNow(dir)) found.push(dir)
    else for (const deeper of foldersIn(dir)) if (isListNow(deeper)) found.push(deeper)
  }
  return found
}

function foldersIn(dir: string): readonly string[] {
  try {
    // At once, as whether they are lists: a thread of its own for each would take longer.
    const names = readdirSync(dir).filter((name) => !name.startsWith('.'))
    const beginning = join(dir, 'x').slice(0, -1)
    return names.map((name) => beginning + name)
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(thrown) ?? '')) return []
    throw diskFault(thrown, dir)
  }
}
