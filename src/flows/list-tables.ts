import { asciiLower } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import { nobodyRoute, routeOf } from '../compose/postfix-maps.ts'
import {
  checkDummyDomain,
  listMatcher,
  mapLists,
  type ListSource,
  type Mapping,
  type MappedMatch,
} from '../list/mapped-list.ts'
import { listSources, type FoundList } from '../spool/list-sources.ts'
import type { ListRecipient } from './find-recipient.ts'

export interface ListTablesOptions {
  readonly spoolDir: string
  /** The domain that stands for our lists inside a mail server: it exists nowhere. */
  readonly dummyDomain: string
  /** Where the table `transport` sends a list's mail (MapTextOptions). */
  readonly route: string
  /** When given, a list has only the addresses below one of these domains. */
  readonly domains?: readonly string[] | undefined
}

/**
 * `virtual`: a list's address to its dummy address; `transport`: a dummy address to where it goes;
 * `recipients`: whether a list has an address.
 */
export const tableNames = ['virtual', 'transport', 'recipients'] as const
export type TableName = (typeof tableNames)[number]

/** What a mail server asks about lists, answered from the spool as it is now. */
export interface ListTables {
  /**
   * The value of a key (an address, as a byte string); undefined when the table has none.
   *
   * @throws Fault spoolTrouble when that cannot be told now, also while there is no list at all
   */
  lookUp(table: TableName, key: string): Promise<string | undefined>
  /** The list of an envelope recipient, given with its own or with the dummy address. */
  find(address: string): Promise<ListRecipient | undefined>
  /** Everything, for writing maps. */
  mapping(): Promise<Mapping>
}

/** A spool as it was when it was last looked at. */
interface View {
  readonly mapping: Mapping
  readonly matcher: ReturnType<typeof listMatcher>
  readonly found: ReadonlyMap<string, FoundList>
  readonly unreadable: readonly FoundList[]
}

/** @throws Fault badUsage when the dummy domain or the route cannot be used */
export function listTables(options: ListTablesOptions): ListTables {
  const { route } = options
  const dummyDomain = checkDummyDomain(options.dummyDomain)
  checkRoute(route)
  const sources = listSources(options.spoolDir)
  let view: View | undefined
  let next: Promise<View> | undefined
  let running: Promise<unknown> = Promise.resolve()

  /** Begins after this call, so it sees what was there before; shared by all who wait for it. */
  function look(): Promise<View> {
    next ??= running.then(async () => {
      next = undefined
      const looked = lookNow()
      running = looked.catch(() => undefined)
      return await looked
    })
    return next
  }

  async function lookNow(): Promise<View> {
    const all = await sources.all()
    const found = new Map(all.map((list) => [list.path.join('/'), list]))
    if (view !== undefined && sameLists(view.found, found)) return view
    const readable = all.filter(
      (list): list is FoundList & ListSource => list.settings !== undefined,
    )
    const mapping = mapLists(readable, { dummyDomain, domains: options.domains })
    const unreadable = all.filter(({ settings }) => settings === undefined)
    view = { mapping, matcher: listMatcher(mapping.lists), found, unreadable }
    return view
  }

  async function match(address: string): Promise<(MappedMatch & { dir: string }) | undefined> {
    const quick = await stillThere(view, address)
    if (quick !== undefined) return quick
    const now = await look()
    const sure = matchIn(now, address)
    if (sure !== undefined) return sure
    // A disk that is not mounted looks like this, and must not send anybody's mail back.
    if (now.found.size === 0)
      throw new Fault('spoolTrouble', 'the spool has no list at all, or is not mounted')
    if (now.unreadable.some(({ path }) => mayBe(path, address)))
      throw new Fault('spoolTrouble', 'a list that may have this address cannot be read now')
    return undefined
  }

  /** The answer of an older view, when the list in question has not changed since. */
  async function stillThere(old: View | undefined, address: string) {
    const hit = old && matchIn(old, address)
    const found = hit && old.found.get(hit.list.path.join('/'))
    return found !== undefined && (await sources.again(found)) === found ? hit : undefined
  }

  async function lookUp(table: TableName, key: string): Promise<string | undefined> {
    const at = key.lastIndexOf('@')
    if (at < 1) return undefined
    const isDummy = `.${asciiLower(key.slice(at + 1))}`.endsWith(`.${dummyDomain}`)
    // A rewriting ends at the dummy address, and a transport begins there.
    if (isDummy !== (table === 'transport')) return undefined
    const hit = await match(key)
    if (hit === undefined) return table === 'transport' ? nobodyRoute : undefined
    const { list, extension } = hit
    if (table === 'recipients') return 'OK'
    if (table === 'transport') return routeOf(list, route)
    return extension === ''
      ? list.dummy
      : list.dummy.replace('@', () => `${list.delimiter ?? ''}${extension}@`)
  }

  return {
    lookUp,
    async find(address) {
      const hit = await match(address)
      return hit && { listDir: hit.dir, extension: hit.extension }
    },
    mapping: async () => (await look()).mapping,
  }
}

function matchIn({ matcher, found }: View, address: string) {
  const hit = matcher(address)
  const dir = hit && found.get(hit.list.path.join('/'))?.dir
  return hit && dir !== undefined ? { ...hit, dir } : undefined
}

/** Lists that have not changed are the same objects. */
function sameLists(one: View['found'], other: View['found']): boolean {
  return one.size === other.size && [...one].every(([path, list]) => other.get(path) === list)
}

/** Whether an address may be one of a list that cannot be read: such as its directory is called. */
function mayBe(path: readonly string[], address: string): boolean {
  const name = asciiLower(path.at(-1) ?? '')
  return asciiLower(address).startsWith(name)
}

/** It is written into maps, and is a Postfix transport with its next hop (transport(5)). */
function checkRoute(route: string): void {
  if (/^[a-z0-9_-]+:[a-z0-9.:[\]_-]*$/i.test(route)) return
  throw new Fault('badUsage', `${JSON.stringify(route)} is no route such as mlmmj:`)
}
