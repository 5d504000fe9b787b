import { asciiLower } from '../base/bytes.ts'
import {
  editsBetween,
  entriesOf,
  keyOf,
  withEntry,
  type Done,
  type PostfixState,
  type Slot,
} from './postfix-state.ts'

/** How a Postfix shall reach us. Names and addresses are checked already. */
export interface PostfixWish {
  /** How a mail comes to us. */
  readonly mode: 'lmtp' | 'pipe'
  /** How Postfix learns which lists there are. */
  readonly lookup: 'socketmap' | 'maps'
  /** Where the service is, seen from Postfix. */
  readonly host: string
  readonly lmtpPort: number
  readonly socketmapPort: number
  readonly httpPort: number
  readonly dummyDomain: string
  /** The domains of all lists. */
  readonly domains: readonly string[]
  /** Those of them that have nothing but lists: Postfix shall take mail for them. */
  readonly listDomains: readonly string[]
  readonly maps: { readonly dir: string; readonly type: MapType }
  readonly pipe: { readonly user: string; readonly client: string; readonly tokenFile: string }
}

export type MapType = 'regexp' | 'texthash' | 'hash' | 'lmdb'

/** What a Postfix says about itself. */
export interface PostfixFacts {
  /** Such as `3.7.11`. */
  readonly version: string
  /** What the files say. */
  readonly state: PostfixState
  /** What counts where they say nothing, by parameter. */
  readonly defaults: ReadonlyMap<string, string>
  /** The domains and tables it takes mail for, by parameter, with every `$name` filled in. */
  readonly accepts: ReadonlyMap<string, string>
}

/** One thing that must be so, and why. */
export interface Setting extends Slot {
  /** An entry is added to what is there; a value takes its place; `missing` only fills a gap. */
  readonly how: 'entry' | 'value' | 'missing'
  readonly text: string
  readonly why: string
}

/** The parameters that say which domains are taken; they must be among the facts. */
export const domainParameters = [
  'mydestination',
  'virtual_alias_domains',
  'virtual_mailbox_domains',
  'relay_domains',
] as const

export function wantedSettings(wish: PostfixWish, facts: PostfixFacts): readonly Setting[] {
  return [...lookupSettings(wish, facts), ...wayIn(wish), ...domainSettings(wish, facts)]
}

/** The state with the settings in it, and what had to be done for each. */
export function applied(
  settings: readonly Setting[],
  { state, defaults }: Pick<PostfixFacts, 'state' | 'defaults'>,
): { readonly state: PostfixState; readonly done: readonly Done[] } {
  const next = new Map(state)
  const entries = new Map<string, string[]>()
  for (const setting of settings) {
    const key = keyOf(setting)
    const now = next.get(key)
    if (setting.how === 'entry') {
      const value = withEntry(now ?? defaults.get(setting.name) ?? '', setting.text)
      if (value === now) continue
      next.set(key, value)
      entries.set(key, [...(entries.get(key) ?? []), setting.text])
    } else if (setting.how === 'value' || now === undefined) next.set(key, setting.text)
  }
  const done = editsBetween(state, next).map((edit) => ({
    ...edit,
    entries: entries.get(keyOf(edit)) ?? [],
  }))
  return { state: next, done }
}

/** What a person should know beside the settings, as sentences. */
export function notesFor(wish: PostfixWish, facts: PostfixFacts): readonly string[] {
  const notes: string[] = []
  const { mode, lookup, maps, domains, listDomains } = wish
  if (lookup === 'socketmap' && !knowsInlineRegexp(facts))
    notes.push(
      `Postfix ${facts.version} is older than 3.7: it asks the service about every address, so ` +
        'while the service is down no mail at all is taken. --lookup maps avoids that.',
    )
  if (lookup === 'socketmap' && mode === 'pipe')
    notes.push(
      'A pipe needs the list of each address, so Postfix asks the service before it delivers any ' +
        'mail; while the service is down all mail waits. --mode lmtp or --lookup maps avoids that.',
    )
  if (lookup === 'maps' && (maps.type === 'regexp' || maps.type === 'texthash'))
    notes.push(
      `Postfix reads a ${maps.type} table when a process starts: run "postfix reload" after a list ` +
        'was made or has got another address, or use a type that it watches (hash, lmdb).',
    )
  if (lookup === 'maps' && maps.type !== 'regexp')
    notes.push(
      'In this type of table Postfix itself finds the extension of an address, so lists whose ' +
        'control/delimiter is not in recipient_delimiter get no commands by mail.',
    )
  for (const domain of domains)
    if (!listDomains.includes(domain) && !accepts(facts, domain))
      notes.push(
        `Postfix does not seem to take mail for ${domain}. If that domain has nothing but lists, ` +
          `add --domains ${domain}.`,
      )
  return notes
}

function lookupSettings(wish: PostfixWish, facts: PostfixFacts): readonly Setting[] {
  const { lookup, maps, domains } = wish
  if (lookup === 'maps') {
    const own: Setting[] = [
      {
        ...main(
          'virtual_alias_maps',
          'entry',
          `${maps.type}:${maps.dir}/${mapName('virtual', maps)}`,
        ),
        why: 'The addresses of lists stand in this table, which the service writes.',
      },
    ]
    if (maps.type !== 'regexp')
      own.push({
        ...main('recipient_delimiter', 'missing', '+'),
        why: 'talk+subscribe@ is found as talk@, and the rest is put back.',
      })
    return own
  }
  const table = socketmap(wish, 'virtual')
  if (!knowsInlineRegexp(facts))
    return [{ ...main('virtual_alias_maps', 'entry', table), why: askWhy }]
  const names = domains.map((domain) => domain.replaceAll('.', '\\.')).join('|')
  return [
    {
      // `$$` is a dollar sign that is not the name of a parameter.
      ...main(
        'virtual_alias_maps',
        'entry',
        `pipemap:{regexp:{{/^(.+@(${names}))$$/ $\${1}}}, ${table}}`,
      ),
      why: `${askWhy} It is asked for the domains of lists alone; other mail does not depend on it.`,
    },
  ]
}

const askWhy =
  'The service is asked which address is a list, so a list is known the moment it exists; its ' +
  'addresses are turned into ones below a domain that only this machine knows.'

/** How mail for the dummy domain comes to us. */
function wayIn(wish: PostfixWish): readonly Setting[] {
  const { mode, lookup, dummyDomain, maps } = wish
  if (mode === 'lmtp') {
    const route = `lmtp:inet:${bracketed(wish.host)}:${wish.lmtpPort}`
    return [
      {
        ...main(
          'transport_maps',
          'entry',
          `inline:{{${dummyDomain} = ${route}} {.${dummyDomain} = ${route}}}`,
        ),
        why: 'Mail for lists is handed to the service by LMTP; while it is down, the mail waits here.',
      },
      {
        ...service('lmtp/unix', 'missing', 'lmtp unix - - n - - lmtp'),
        why: "Postfix's own LMTP client, which some installations have taken out.",
      },
    ]
  }
  const table =
    lookup === 'socketmap'
      ? socketmap(wish, 'transport')
      : `${maps.type}:${maps.dir}/${mapName('transport', maps)}`
  return [
    {
      ...main('transport_maps', 'entry', table),
      why: 'This table tells the pipe which list a mail is for.',
    },
    {
      ...main('mlmmj_destination_recipient_limit', 'value', '1'),
      why: 'Each list gets its own copy, with its own extension.',
    },
    {
      ...service('mlmmj/unix', 'value', pipeLine(wish)),
      why:
        'Postfix hands the mail to the client, which hands it to the service. There is no flag h: ' +
        'names of lists may have capital letters. null_sender= keeps the empty sender of bounces.',
    },
  ]
}

function pipeLine({ pipe, host, httpPort }: PostfixWish): string {
  const { user, client, tokenFile } = pipe
  // The address as the world wrote it says which command is meant, whatever the list's delimiter.
  const envelope = '--sender ${sender} --recipient ${original_recipient}'
  return (
    `mlmmj unix - n n - 10 pipe flags=DORq user=${user} null_sender= argv=${client} ` +
    `--mlmmj ${host} --port ${httpPort} --token-file ${tokenFile} ${envelope} \${nexthop}`
  )
}

function domainSettings({ listDomains }: PostfixWish, facts: PostfixFacts): readonly Setting[] {
  return listDomains
    .filter((domain) => !accepts(facts, domain))
    .map((domain) => ({
      ...main('virtual_alias_domains', 'entry', domain),
      why: `Postfix takes mail for ${domain}, and refuses addresses there that are no list.`,
    }))
}

/** Whether a domain stands in main.cf as one that mail is taken for; tables are not looked into. */
function accepts({ accepts: values }: PostfixFacts, domain: string): boolean {
  return domainParameters.some((parameter) =>
    entriesOf(asciiLower(values.get(parameter) ?? '')).some(
      (entry) =>
        entry === domain || (parameter === 'relay_domains' && domain.endsWith(`.${entry}`)),
    ),
  )
}

function socketmap({ host, socketmapPort }: PostfixWish, table: string): string {
  return `socketmap:inet:${bracketed(host)}:${socketmapPort}:${table}`
}

function mapName(name: string, { type }: PostfixWish['maps']): string {
  return type === 'regexp' ? `${name}.regexp` : name
}

/** Tables of regular expressions inside of main.cf (RELEASE_NOTES-3.7). */
function knowsInlineRegexp({ version }: PostfixFacts): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 3 || (major === 3 && minor >= 7)
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function main(name: string, how: Setting['how'], text: string) {
  return { file: 'main.cf', name, how, text } as const
}

function service(name: string, how: Setting['how'], text: string) {
  return { file: 'master.cf', name, how, text } as const
}
