import { asciiLower, bareBytes, sameBytes } from '../base/bytes.ts'
import { Fault, isFault } from '../base/fault.ts'
import { readExtension } from './extensions.ts'
import { identityOf } from './identity.ts'
import { whyNoDomain, whyNoListName } from './list-name.ts'
import type { Settings } from './tunables.ts'

/** A list as it lies in the spool. */
export interface ListSource {
  /** The names of its directory below the spool: `['talk']` or `['example.org', 'talk']`. */
  readonly path: readonly string[]
  readonly settings: Pick<Settings, 'listaddress' | 'delimiter'>
}

/** A list as a mail server's tables name it. Everything in it is harmless in a map or a regexp. */
export interface MappedList {
  readonly path: readonly string[]
  /** The address that stands for it inside the mail server: `talk@localhost.mlmmj`. */
  readonly dummy: string
  /** Its own addresses, as the world writes them. */
  readonly addresses: readonly string[]
  /** Undefined when it cannot be put into a map: then only the bare addresses are known. */
  readonly delimiter: string | undefined
}

/** Something that is in no table, for a person who wonders why. */
export interface LeftOut {
  readonly path: readonly string[]
  readonly file: 'listaddress' | 'delimiter'
  /** The end of a sentence that begins with the file. */
  readonly why: string
}

export interface MappingOptions {
  /** A domain that exists nowhere; addresses below it mean lists. */
  readonly dummyDomain: string
  /** When given, a list has only the addresses below one of these domains. */
  readonly domains?: readonly string[] | undefined
}

export interface Mapping {
  readonly lists: readonly MappedList[]
  readonly leftOut: readonly LeftOut[]
}

/**
 * The address of a list below the dummy domain, made from its directory, so that two lists never
 * share one: `talk@localhost.mlmmj`, or `talk@example.org.localhost.mlmmj` for `example.org/talk`.
 */
export function dummyAddress(path: readonly string[], dummyDomain: string): string {
  const [name = '', ...folders] = [...path].reverse()
  return `${name}@${[...folders, dummyDomain].join('.')}`
}

/**
 * The lists whose directory and addresses can be written into a map. An address belongs to the first
 * list that has it, in the order of their paths.
 */
export function mapLists(
  sources: readonly ListSource[],
  { dummyDomain, domains }: MappingOptions,
): Mapping {
  const leftOut: LeftOut[] = []
  const taken = new Set<string>()
  const lists = [...sources]
    .sort((one, other) => (one.path.join('/') < other.path.join('/') ? -1 : 1))
    .flatMap(({ path, settings }) => mapped(path, settings) ?? [])
  return { lists, leftOut }

  function mapped(path: readonly string[], settings: ListSource['settings']) {
    const leave = (file: LeftOut['file'], why: string) => void leftOut.push({ path, file, why })
    const dummy = asciiLower(dummyAddress(path, dummyDomain))
    const why = whyNoPath(path) ?? (taken.has(dummy) ? 'differs from another only in case' : '')
    if (why !== '') return leave('listaddress', `is not used: the directory ${why}`)
    const addresses = addressesOf(settings).filter((address) => {
      const reason = whyNotMapped(address)
      if (reason !== undefined)
        leave('listaddress', `holds ${JSON.stringify(address.slice(0, 80))}, which ${reason}`)
      else taken.add(asciiLower(address))
      return reason === undefined
    })
    if (addresses.length === 0) return leave('listaddress', 'holds no address for a map')
    taken.add(dummy)
    const written = bareBytes(settings.delimiter ?? '') || '+'
    const delimiter = /^[A-Za-z0-9._=+~#-]{1,8}$/.test(written) ? written : undefined
    if (delimiter === undefined)
      leave('delimiter', `holds ${JSON.stringify(written.slice(0, 20))}, which fits into no map`)
    return { path, dummy: dummyAddress(path, dummyDomain), addresses, delimiter }
  }

  function whyNotMapped(address: string): string | undefined {
    const at = address.lastIndexOf('@')
    const [local, domain] = [address.slice(0, at), asciiLower(address.slice(at + 1))]
    if (!/^[A-Za-z0-9_][A-Za-z0-9._=+~-]*$/.test(local) || local.length > 64)
      return 'has characters before the @ that fit into no map'
    if (whyNoDomain(domain) !== undefined) return 'has no domain such as example.org'
    if (`.${domain}`.endsWith(`.${dummyDomain}`)) return `is below the dummy domain ${dummyDomain}`
    if (domains !== undefined && !domains.some((allowed) => sameBytes(allowed, domain)))
      return 'is in a domain that lists may not have here'
    return taken.has(asciiLower(address)) ? 'belongs to another list or is there twice' : undefined
  }
}

function addressesOf(settings: ListSource['settings']): readonly string[] {
  try {
    return identityOf(settings).addresses
  } catch (thrown) {
    if (isFault(thrown, 'badSettings')) return []
    throw thrown
  }
}

/** A dummy address is made from the path, and a pipe gets it as an argument. */
function whyNoPath(path: readonly string[]): string | undefined {
  const [name = '', ...folders] = [...path].reverse()
  const why = whyNoListName(name)
  if (why !== undefined) return `name ${why}`
  const folder = folders.find((part) => whyNoDomain(part) !== undefined)
  return folder === undefined ? undefined : `is not in one that is named like a domain`
}

/** A list that an address belongs to. */
export interface MappedMatch {
  readonly list: MappedList
  /** What stood behind the delimiter; empty for the list itself. */
  readonly extension: string
}

/**
 * Finds the list of an address, its own or the dummy one. A whole address comes before one with an
 * extension, and the longest name before a shorter one, so that `talk-announce` is never the list
 * `talk` with the delimiter `-`. Extensions that no list answers to belong to nobody.
 */
export function listMatcher(
  lists: readonly MappedList[],
): (address: string) => MappedMatch | undefined {
  const whole = new Map<string, MappedList>()
  const extended = new Map<string, { readonly begin: string; readonly list: MappedList }[]>()
  for (const list of lists)
    for (const address of [list.dummy, ...list.addresses].map(asciiLower)) {
      whole.set(address, list)
      if (list.delimiter === undefined) continue
      const at = address.indexOf('@')
      const domain = address.slice(at)
      const begin = address.slice(0, at) + asciiLower(list.delimiter)
      extended.set(domain, [...(extended.get(domain) ?? []), { begin, list }])
    }
  for (const each of extended.values())
    each.sort((one, other) => other.begin.length - one.begin.length)

  return (address) => {
    const folded = asciiLower(address)
    const list = whole.get(folded)
    if (list !== undefined) return { list, extension: '' }
    const at = folded.lastIndexOf('@')
    for (const { begin, list: longer } of extended.get(folded.slice(at)) ?? []) {
      if (begin.length > at || !folded.startsWith(begin)) continue
      const extension = address.slice(begin.length, at)
      if (extension === '' || isExtension(extension)) return { list: longer, extension }
    }
    return undefined
  }
}

/** One that lists answer to, without what a mail server would read as syntax in an address. */
function isExtension(text: string): boolean {
  return !/[\u0000-\u0020\u007f()<>@,;:\\"[\]]/.test(text) && !('why' in readExtension(text))
}

/** What a mail server calls a list when it hands a mail to a program: `talk`, `example.org/talk`. */
export function nexthopOf({ path }: Pick<MappedList, 'path'>): string {
  return path.join('/')
}

/** @throws Fault badUsage */
export function checkDummyDomain(domain: string): string {
  const why = whyNoDomain(domain)
  if (why !== undefined) throw new Fault('badUsage', `the dummy domain ${why}`)
  return asciiLower(domain)
}
