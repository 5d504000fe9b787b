import { resolve } from 'node:path'
import { asciiLower } from '../base/bytes.ts'
import { Fault, isFault } from '../base/fault.ts'
import type { Config } from '../config.ts'
import { listTables } from '../flows/list-tables.ts'
import { bestMapType } from '../flows/postfix-maps.ts'
import type { PostfixWish } from '../flows/postfix-setup.ts'
import { whyNoDomain } from '../list/list-name.ts'
import { checkDummyDomain } from '../list/mapped-list.ts'

type Word =
  | 'mode'
  | 'lookup'
  | 'domains'
  | 'service'
  | 'lmtp-port'
  | 'socketmap-port'
  | 'http-port'
  | 'maps'
  | 'type'
  | 'dummy'
  | 'user'
  | 'client'

/** What the command line says about a Postfix, as the option table of the command has it. */
export type WishWords = Readonly<Record<Word, string | undefined>> & {
  readonly spool: string
  readonly 'token-file': string
}

/** @throws Fault badUsage for anything that cannot be written into main.cf or master.cf */
export async function wishFrom(words: WishWords, usual: Config['listener']): Promise<PostfixWish> {
  const mode = oneOf('mode', words.mode ?? 'lmtp', ['lmtp', 'pipe'])
  const cheapest = mode === 'pipe' ? 'maps' : 'socketmap'
  const lookup = oneOf('lookup', words.lookup ?? cheapest, ['socketmap', 'maps'])
  const dummyDomain = checkDummyDomain(words.dummy ?? usual.dummyDomain)
  const listDomains = domainsIn(words.domains ?? '')
  const domains = [
    ...new Set([...listDomains, ...(await domainsOfLists(words.spool, dummyDomain))]),
  ].sort()
  if (domains.length === 0 && lookup === 'socketmap')
    throw new Fault(
      'badUsage',
      'there is no list yet: name the domains of the lists with --domains',
    )
  const dir = plain('maps', resolve(words.maps ?? usual.confDir))
  const type = words.type ?? (await bestMapType(dir))
  return {
    mode,
    lookup,
    host: hostFrom(words.service ?? '127.0.0.1'),
    lmtpPort: port(words['lmtp-port'] ?? usual.lmtpPort),
    socketmapPort: port(words['socketmap-port'] ?? usual.socketmapPort),
    httpPort: port(words['http-port'] ?? usual.httpPort),
    dummyDomain,
    domains,
    listDomains,
    maps: { dir, type: oneOf('type', type, ['regexp', 'texthash', 'hash', 'lmdb']) },
    pipe: {
      user: plain('user', words.user ?? 'nobody'),
      client: plain('client', words.client ?? '/usr/local/bin/postfix_incoming'),
      tokenFile: plain('token-file', words['token-file']),
    },
  }
}

/** The domains of the lists in the spool; none when this machine has no spool. */
async function domainsOfLists(spool: string, dummyDomain: string): Promise<readonly string[]> {
  try {
    const tables = listTables({ spoolDir: resolve(spool), dummyDomain, route: 'mlmmj:' })
    const { lists } = await tables.mapping()
    return lists.flatMap(({ addresses }) =>
      addresses.map((address) => asciiLower(address.slice(address.indexOf('@') + 1))),
    )
  } catch (thrown) {
    if (isFault(thrown, 'spoolTrouble')) return []
    throw thrown
  }
}

function domainsIn(text: string): readonly string[] {
  const domains = asciiLower(text)
    .split(/[\s,]+/)
    .filter((domain) => domain !== '')
  for (const domain of domains) {
    const why = whyNoDomain(domain)
    if (why !== undefined) throw new Fault('badUsage', `${JSON.stringify(domain)} ${why}`)
  }
  return [...new Set(domains)]
}

function hostFrom(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1')
  if (/^[A-Za-z0-9.:-]+$/.test(host)) return host
  throw new Fault('badUsage', `${JSON.stringify(text)} is no host name or address`)
}

function port(text: string | number): number {
  if (/^[0-9]{1,5}$/.test(`${text}`) && Number(text) > 0 && Number(text) < 65_536)
    return Number(text)
  throw new Fault('badUsage', `${text} is no port`)
}

/** A word in master.cf: Postfix would split or expand anything else. */
function plain(option: string, text: string): string {
  if (/^[A-Za-z0-9/._@+:-]+$/.test(text)) return text
  throw new Fault(
    'badUsage',
    `--${option} ${JSON.stringify(text)} cannot be written into master.cf`,
  )
}

function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === text)
  if (word !== undefined) return word
  throw new Fault('badUsage', `--${option} is one of ${words.join(', ')}`)
}
