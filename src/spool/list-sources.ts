import { constants, statSync, type Stats } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { realChance } from '../base/chance.ts'
import { errnoOf } from '../base/fault.ts'
import type { ListSource } from '../list/mapped-list.ts'
import { tunables } from '../list/tunables.ts'
import { pathOn } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

/** A list directory that was looked at. */
export interface FoundList {
  readonly dir: string
  readonly path: readonly string[]
  /** What it says, or last said to us; undefined when it never could be read. */
  readonly settings: ListSource['settings'] | undefined
}

export interface ListSources {
  /**
   * Every list of the spool as it is now, also those that somebody made a moment ago.
   *
   * @throws Fault spoolTrouble when the spool cannot be read, also when it is not there.
   */
  all(): Promise<readonly FoundList[]>
  /** One of them again; undefined when it is gone. The same object when nothing has changed. */
  again(found: FoundList): Promise<FoundList | undefined>
}

/** Two changes within this time may leave the same time stamp on a file (milliseconds). */
const stampGrainMs = 2_000
/** How many directories are looked at together. */
const together = 32
const mostBytes = 65_536

type Known = FoundList & {
  readonly stamp: string
  /** Whether control/delimiter is there, with or without something in it. */
  readonly delimited: boolean
}

/**
 * The addresses of all lists, cheap enough to be asked for each mail: a list is read again only when
 * the time stamps of its two control files say so.
 */
export function listSources(spoolDir: string): ListSources {
  let known = new Map<string, Known>()

  async function look(dir: string, path: readonly string[]): Promise<Known | undefined> {
    const old = known.get(dir)
    try {
      const stamp = stampOf(dir, old?.delimited === true)
      if (stamp === undefined) return undefined
      if (old?.settings !== undefined && old.stamp === stamp) return old
      const delimiter = await contentOf(dir, 'delimiter')
      const settings = {
        listaddress: tunables.listaddress.read(await contentOf(dir, 'listaddress'), () => {}),
        delimiter: tunables.delimiter.read(delimiter, () => {}),
      }
      return { dir, path, settings, stamp, delimited: delimiter !== undefined }
    } catch (thrown) {
      // It is there, but this time it cannot be read: what it said before still counts.
      if (errnoOf(thrown) === undefined) throw thrown
      return { dir, path, settings: old?.settings, stamp: '', delimited: true }
    }
  }

  async function below(dir: string, path: readonly string[]): Promise<readonly Known[]> {
    const found: Known[] = []
    const names = await foldersIn(dir, path.length === 0)
    for (let at = 0; at < names.length; at += together) {
      const some = names.slice(at, at + together).map(async (name) => {
        const [deeper, parts] = [join(dir, name), [...path, name]]
        const list = await look(deeper, parts)
        if (list !== undefined) return [list]
        return path.length === 0 ? below(deeper, parts) : []
      })
      found.push(...(await Promise.all(some)).flat())
    }
    return found
  }

  return {
    async all() {
      const found = await below(spoolDir, [])
      known = new Map(found.map((list) => [list.dir, list]))
      return found
    },
    again: ({ dir, path }) => look(dir, path),
  }
}

/** @param must whether a directory that is not there is trouble */
async function foldersIn(dir: string, must: boolean): Promise<readonly string[]> {
  try {
    const entries = readdir(dir, { withFileTypes: true })
    const found = must ? await entries : await unless(['ENOENT', 'ENOTDIR', 'EACCES'], entries, [])
    return found
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('.'))
  } catch (thrown) {
    throw diskFault(thrown, dir)
  }
}

/**
 * What differs when a list says something else; undefined when there is no list. A delimiter that
 * comes or goes changes the directory, so only one that is there is looked at.
 */
function stampOf(dir: string, hasDelimiter: boolean): string | undefined {
  const places = [pathOn(dir, 'control'), pathOn(dir, 'control', 'listaddress')]
  if (hasDelimiter) places.push(pathOn(dir, 'control', 'delimiter'))
  // Asked for each mail, and other threads are busy with syncing: this takes microseconds.
  const [folder, address, delimiter] = places.map(statOrNothing)
  if (folder === undefined || address === undefined) return undefined
  const files = [folder, address, delimiter].filter((file) => file !== undefined)
  const newest = Math.max(...files.map((file) => file.ctimeMs))
  const parts = files.map((file) => `${file.ino}/${file.size}/${file.mtimeMs}/${file.ctimeMs}`)
  // What changed just now may change again without a new time stamp: no stamp is equal to this one.
  const isFresh = Math.abs(realChance.now() - newest) < stampGrainMs
  return isFresh ? `${parts.join(' ')} ${realChance.id()}` : parts.join(' ')
}

function statOrNothing(place: string): Stats | undefined {
  try {
    return statSync(place, { throwIfNoEntry: false })
  } catch (thrown) {
    // A link to a plain file is no list's directory.
    if (errnoOf(thrown) === 'ENOTDIR') return undefined
    throw thrown
  }
}

async function contentOf(dir: string, name: 'listaddress' | 'delimiter') {
  // A FIFO planted here would stop us at open(2).
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  const file = await unless(['ENOENT'], open(pathOn(dir, 'control', name), flags), undefined)
  try {
    if (file === undefined || !(await file.stat()).isFile()) return undefined
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file?.close()
  }
}
