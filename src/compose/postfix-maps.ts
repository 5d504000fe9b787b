import { nexthopOf, type MappedList } from '../list/mapped-list.ts'

/** The files a Postfix can look lists up in. Names end in the table type where it is a special one. */
export interface MapTexts {
  /** One address in a line, for texthash: or, through postmap, hash: and lmdb:. */
  readonly virtual: string
  readonly transport: string
  readonly 'virtual.regexp': string
  readonly 'transport.regexp': string
}

export interface MapTextOptions {
  readonly dummyDomain: string
  /**
   * Where mail for the dummy domain goes. `mlmmj:` hands the list's directory to the pipe of that
   * name; without the colon at its end, such as `lmtp:inet:127.0.0.1:8024`, it is the same for all.
   */
  readonly route: string
}

/**
 * Between the delimiter and the @. Postfix would read the other characters as syntax when it parses
 * the rewritten address (a comma begins another recipient), so they are part of no extension.
 */
const extension = '[^][:space:][:cntrl:]()<>@,;:\\\\"[]+'

/**
 * For an address below the dummy domain that no line names. It is tried again and never bounced: a
 * Postfix that still has yesterday's transport table must not refuse today's list.
 */
export const nobodyRoute = 'retry:4.1.1 no such list now'

/**
 * The maps of a spool, as mlmmj's own set-up for Postfix has them: `virtual` turns an address of a
 * list into one below the dummy domain, `transport` says which list that is. In the plain files
 * Postfix itself takes the extension off and puts it back (recipient_delimiter,
 * propagate_unmatched_extensions); the regexp files know the delimiter of each list.
 */
export function mapTexts(lists: readonly MappedList[], options: MapTextOptions): MapTexts {
  const { dummyDomain, route } = options
  const eachList = route.endsWith(':')
  const rest = eachList ? nobodyRoute : route
  const own = lists.flatMap((list) => list.addresses.map((address) => ({ list, address })))
  const dummies = (eachList ? lists : []).map((list) => ({ list, address: list.dummy }))
  return {
    virtual: file(own.map(({ list, address }) => `${address} ${list.dummy}`)),
    transport: file([
      ...dummies.map(({ list, address }) => `${address} ${routeOf(list, route)}`),
      `${dummyDomain} ${rest}`,
      `.${dummyDomain} ${rest}`,
    ]),
    'virtual.regexp': file([
      ...own.map(({ list, address }) => `/^${escaped(address)}$/ ${list.dummy}`),
      ...extended(own, ({ dummy }) => dummy.replace('@', '${1}@')),
    ]),
    'transport.regexp': file([
      ...dummies.map(({ list, address }) => `/^${escaped(address)}$/ ${routeOf(list, route)}`),
      ...extended(dummies, (list) => routeOf(list, route)),
      `/@(.+\\.)?${escaped(dummyDomain)}$/ ${rest}`,
    ]),
  }
}

/** Where mail for one list goes: the route, with the list behind it when it ends in a colon. */
export function routeOf(list: Pick<MappedList, 'path'>, route: string): string {
  return route.endsWith(':') ? `${route}${nexthopOf(list)}` : route
}

interface Entry {
  readonly list: MappedList
  readonly address: string
}

/**
 * Lines for addresses with any extension, the longest first: `talk-announce-help@` must not be found
 * as the extension `announce-help` of a list `talk`.
 */
function extended(entries: readonly Entry[], target: (list: MappedList) => string): string[] {
  return [...entries]
    .sort((one, other) => other.address.length - one.address.length)
    .flatMap(({ list, address }) => {
      if (list.delimiter === undefined) return []
      const name = escaped(address.slice(0, address.indexOf('@')))
      const domain = escaped(address.slice(address.indexOf('@')))
      const middle = `(${escaped(list.delimiter)}${extension})`
      return [`/^${name}${middle}${domain}$/ ${target(list)}`]
    })
}

/** As a POSIX extended regular expression, and harmless between slashes (regexp_table(5)). */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9@_=~#-]/g, '\\$&')
}

function file(lines: readonly string[]): string {
  const head = '# Written by mlmmj-ts whenever a list changes: edits are lost.'
  return `${[head, ...lines].join('\n')}\n`
}
