import { mapTexts } from '../compose/postfix-maps.ts'
import type { LeftOut } from '../list/mapped-list.ts'
import {
  databaseBeside,
  hasMaps,
  makeDatabases,
  writeMapFiles,
  type Database,
} from '../spool/map-files.ts'
import type { ListTables, ListTablesOptions } from './list-tables.ts'

export interface MapsOptions extends Pick<ListTablesOptions, 'dummyDomain' | 'route'> {
  readonly tables: ListTables
  /** Where the files go; the mail server must be able to read it. */
  readonly mapsDir: string
  /** The program that makes databases: `postmap`, or a path; undefined to make none. */
  readonly postmap?: string | undefined
}

export interface WrittenMaps {
  /** The names of the files that are other than before. */
  readonly changed: readonly string[]
  /** The databases made by postmap; none when there is no postmap or it knows no such type. */
  readonly databases: readonly Database[]
  readonly leftOut: readonly LeftOut[]
}

/**
 * Writes the maps of a spool, each as a whole or not at all, and only where they differ. `transport`
 * comes first: a list must have a way before it has an address. When there is no list at all, maps
 * that are there stay: mail is rather tried again than refused.
 *
 * @throws Fault spoolTrouble, spoolFull: then the old maps are still there
 */
export async function writeMaps(options: MapsOptions): Promise<WrittenMaps> {
  const { tables, mapsDir, postmap } = options
  const { lists, leftOut } = await tables.mapping()
  // A disk that is not mounted looks like a spool without lists.
  if (lists.length === 0 && (await hasMaps(mapsDir))) return { changed: [], databases: [], leftOut }
  const texts = mapTexts(lists, options)
  const order = ['transport', 'transport.regexp', 'virtual', 'virtual.regexp'] as const
  const changed = await writeMapFiles(
    mapsDir,
    order.map((name) => [name, texts[name]] as const),
  )
  const databases =
    postmap === undefined ? [] : await makeDatabases(postmap, mapsDir, ['transport', 'virtual'])
  return { changed, databases, leftOut }
}

/** The kind of table in which a Postfix finds new lists soonest, among those that are there. */
export async function bestMapType(mapsDir: string): Promise<'lmdb' | 'hash' | 'regexp'> {
  return (await databaseBeside(mapsDir, 'virtual')) ?? 'regexp'
}
