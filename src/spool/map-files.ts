import { execFile } from 'node:child_process'
import { rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf, Fault } from '../base/fault.ts'
import { diskFault, unless } from './_trouble.ts'
import { contentOf, draftBeside, writeWhole } from './whole-file.ts'

/** Anybody may read them: Postfix does so as a user of its own. */
const mapMode = 0o644

/** An indexed form of a map, made by Postfix's own postmap. */
export interface Database {
  /** The map it was made of, such as `virtual`. */
  readonly map: string
  readonly type: DatabaseType
}

/** In the order of preference, with what postmap appends to the name (DATABASE_README). */
const suffixes = { lmdb: '.lmdb', hash: '.db' } as const
export type DatabaseType = keyof typeof suffixes

/**
 * Writes those maps that are other than what is there, in the given order.
 *
 * @returns the names that were written
 * @throws Fault spoolTrouble, spoolFull
 */
export async function writeMapFiles(
  dir: string,
  texts: readonly (readonly [name: string, text: string])[],
): Promise<readonly string[]> {
  const changed: string[] = []
  for (const [name, text] of texts) {
    const [path, content] = [join(dir, name), Buffer.from(text, 'latin1')]
    if ((await contentOf(path))?.equals(content)) continue
    await writeWhole(path, content, mapMode)
    changed.push(name)
  }
  return changed
}

/** Whether maps have been written here before. */
export async function hasMaps(dir: string): Promise<boolean> {
  return (await contentOf(join(dir, 'virtual'))) !== undefined
}

/**
 * Has postmap make a database of each map that is newer than its database. It is made of a copy and
 * renamed, so that Postfix never reads half of one.
 *
 * @param postmap its path, or its name when it lies where system programs do
 * @returns what is there now: nothing when there is no postmap, or it knows neither type
 * @throws Fault spoolTrouble when postmap fails
 */
export async function makeDatabases(
  postmap: string,
  dir: string,
  maps: readonly string[],
): Promise<readonly Database[]> {
  const type = await databaseType(postmap)
  if (type === undefined) return []
  for (const map of maps) await makeDatabase(postmap, type, join(dir, map))
  return maps.map((map) => ({ map, type }))
}

/** The type of a database that lies beside a map; undefined when there is none. */
export async function databaseBeside(dir: string, map: string): Promise<DatabaseType | undefined> {
  for (const [type, suffix] of Object.entries(suffixes)) {
    const file = join(dir, map + suffix)
    try {
      if (await unless(['ENOENT', 'ENOTDIR', 'EACCES'], stat(file), undefined))
        return type as DatabaseType
    } catch (thrown) {
      throw diskFault(thrown, file)
    }
  }
  return undefined
}

/** The best type that the postmap of this machine knows; undefined when there is none. */
export async function databaseType(postmap: string): Promise<DatabaseType | undefined> {
  const postconf = postmap.includes('/') ? join(dirname(postmap), 'postconf') : 'postconf'
  const types = (await output(postconf, ['-m']))?.split('\n')
  return (Object.keys(suffixes) as DatabaseType[]).find((type) => types?.includes(type))
}

async function makeDatabase(postmap: string, type: DatabaseType, map: string): Promise<void> {
  const target = `${map}${suffixes[type]}`
  const draft = draftBeside(map)
  try {
    const made = await unless(['ENOENT'], stat(target), undefined)
    if (made !== undefined && made.mtimeMs >= (await stat(map)).mtimeMs) return
    await writeWhole(draft, (await contentOf(map)) ?? Buffer.alloc(0), mapMode)
    await output(postmap, [`${type}:${draft}`])
    await rename(`${draft}${suffixes[type]}`, target)
  } catch (thrown) {
    throw diskFault(thrown, target)
  } finally {
    for (const rest of ['', ...Object.values(suffixes)]) await rm(draft + rest, { force: true })
  }
}

/** What a program prints; undefined when there is no such program. */
function output(program: string, args: readonly string[]): Promise<string | undefined> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      if (errnoOf(error) === 'ENOENT') return resolve(undefined)
      const why = stderr.trim().split('\n').at(-1) || error.message
      reject(new Fault('spoolTrouble', `${program} failed: ${why}`, error))
    })
  })
}
