import { bytesFromText } from '../src/base/bytes.ts'
import { Fault } from '../src/base/fault.ts'

/** What the command line says. The envelope is in byte strings. */
export interface Options {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly caFile: string | undefined
  readonly tokenFile: string | undefined
  /** `talk` or `example.org/talk`; undefined when none was given. */
  readonly list: string | undefined
  readonly envelope: Envelope
  /** Seconds for handing over this mail, from connecting to the last byte of the answer. */
  readonly deadline: number
  readonly fallbackDir: string | undefined
  readonly task: 'deliver' | 'flush' | 'check' | 'help'
}

/** Absent is not empty: an empty sender is the null sender of bounces (RFC 5321 4.5.5). */
export interface Envelope {
  readonly sender?: string
  readonly recipient?: string
  readonly extension?: string
}

interface Row {
  /** What to call its value in the help; flags have none. */
  readonly value?: string
  readonly says: string
}

const table = {
  mlmmj: { value: 'HOST', says: 'where the list service runs: a name or an IP address (required)' },
  port: { value: 'N', says: 'its HTTP port (7777)' },
  list: { value: 'NAME', says: 'the list, in place of the last argument' },
  domain: { value: 'D', says: 'the domain, for spools with a directory for each domain' },
  sender: { value: 'ADDRESS', says: 'the envelope sender; empty for a bounce' },
  recipient: { value: 'ADDRESS', says: 'the envelope recipient' },
  extension: { value: 'TEXT', says: 'what follows the delimiter in the recipient' },
  'token-file': { value: 'F', says: "a file that holds the service's token" },
  tls: { says: 'speak HTTPS' },
  ca: { value: 'F', says: 'trust the certificates in this PEM file alone' },
  deadline: { value: 'SECONDS', says: 'give up after this time, 1 to 900 (300)' },
  'fallback-dir': { value: 'DIR', says: 'keep mail here while the service cannot take it' },
  flush: { says: 'hand over what is kept in DIR, and report' },
  check: { says: 'try the whole way without sending a mail' },
  help: { says: 'print this' },
} as const satisfies Readonly<Record<string, Row>>

type Name = keyof typeof table

export function helpText(): string {
  const rows = Object.entries<Row>(table).map(
    ([name, { value, says }]) =>
      `  --${value === undefined ? name : `${name} ${value}`}`.padEnd(24) + says,
  )
  return `Usage: postfix_incoming --mlmmj HOST [OPTION]... LIST < MAIL
Hands a mail to the list service. LIST is a list's name, or DOMAIN/NAME.

${rows.join('\n')}

Exit codes: 0 accepted or kept; 75 try again later; 65, 67, 69 or 77 when the service itself refuses
the mail for good. The first line of the output begins with the enhanced status (RFC 3463).
`
}

/**
 * Reads the arguments after the program's name. Whatever follows an option is its value, even when
 * it begins with a hyphen: addresses may.
 *
 * @throws Fault badUsage; also for an option given twice, so that an argument that slipped in from
 * an address cannot take the place of the operator's.
 */
export function readOptions(argv: readonly string[]): Options {
  const { given, rest } = sorted(argv)
  const value = (name: Name) => given.get(name)
  const task = (['help', 'check', 'flush'] as const).find((name) => given.has(name)) ?? 'deliver'
  const host = hostFrom(value('mlmmj'))
  if (host === undefined && task !== 'help') throw new Fault('badUsage', '--mlmmj HOST is missing')
  if (rest.length > 1)
    throw new Fault(
      'badUsage',
      'one list only: set the _destination_recipient_limit of the transport to 1',
    )
  if (task === 'flush' && !value('fallback-dir'))
    throw new Fault('badUsage', '--flush needs --fallback-dir DIR')
  const list = listFrom(value('list') ?? rest[0], value('domain'))
  if (list === undefined && task === 'deliver') throw new Fault('badUsage', 'no list is named')
  return {
    host: host ?? '',
    port: numberFrom('port', value('port') ?? '7777', 1, 65_535),
    tls: given.has('tls') || given.has('ca'),
    caFile: value('ca'),
    tokenFile: value('token-file'),
    list,
    envelope: envelopeFrom(value),
    deadline: numberFrom('deadline', value('deadline') ?? '300', 1, 900),
    fallbackDir: value('fallback-dir'),
    task,
  }
}

function sorted(argv: readonly string[]): { given: Map<Name, string>; rest: string[] } {
  const given = new Map<Name, string>()
  const rest: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? ''
    if (arg === '--') {
      rest.push(...argv.slice(i + 1))
      break
    }
    if (!arg.startsWith('-')) {
      rest.push(arg)
      continue
    }
    const [, name = '', attached] = /^--([a-z-]+)(?:=([\s\S]*))?$/.exec(arg) ?? []
    if (!isName(name)) throw new Fault('badUsage', `${JSON.stringify(arg)} is no option`)
    if (given.has(name)) throw new Fault('badUsage', `--${name} is given twice`)
    const row: Row = table[name]
    if (row.value === undefined) {
      if (attached !== undefined) throw new Fault('badUsage', `--${name} takes no value`)
      given.set(name, '')
    } else {
      const value = attached ?? argv[++i]
      if (value === undefined) throw new Fault('badUsage', `--${name} needs a value`)
      given.set(name, value)
    }
  }
  return { given, rest }
}

function isName(name: string): name is Name {
  return Object.hasOwn(table, name)
}

function hostFrom(text: string | undefined): string | undefined {
  // An IPv6 address may stand in brackets, as in a URL.
  const host = text?.replace(/^\[(.*)\]$/, '$1')
  if (host === undefined) return undefined
  if (!/^[A-Za-z0-9._:%-]+$/.test(host))
    throw new Fault('badUsage', `${JSON.stringify(text)} is no host; --mlmmj takes a name alone`)
  return host
}

function numberFrom(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (number >= least && number <= most) return number
  throw new Fault('badUsage', `--${name} takes a number from ${least} to ${most}`)
}

/** Only what could name another resource of the service is refused here; the rest is its matter. */
function listFrom(name: string | undefined, domain: string | undefined): string | undefined {
  if (name === undefined || name === '') return undefined
  const list = domain && !name.includes('/') ? `${domain}/${name}` : name
  const parts = list.split('/')
  if (parts.length > 2 || parts.some((part) => /^\.{0,2}$/.test(part)))
    throw new Fault('badUsage', `${JSON.stringify(list)} is neither a list nor DOMAIN/LIST`)
  return list
}

function envelopeFrom(value: (name: Name) => string | undefined): Envelope {
  const found: Record<string, string> = {}
  for (const name of ['sender', 'recipient', 'extension'] as const) {
    const text = value(name)
    if (text !== undefined) found[name] = bytesFromText(text)
  }
  // What pipe(8) makes of the null sender when master.cf has no `null_sender=`.
  if (/^(mailer-daemon|<>)$/i.test(found['sender'] ?? '')) found['sender'] = ''
  return found
}
