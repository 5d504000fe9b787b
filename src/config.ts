import { bytesFromText } from './base/bytes.ts'
import type { Arrival } from './message/arrival.ts'

/** A secret by its value, or the file that holds it; neither when nothing was set. */
export interface SecretSource {
  readonly value: string | undefined
  readonly file: string | undefined
}

/** Whether and how the way to the relay is encrypted. */
export type TlsMode = 'off' | 'may' | 'starttls' | 'implicit'

/** Where mail goes out, unless a list's control/relayhost says otherwise. */
export interface RelayConfig {
  /** A host name or address; `gateway` for this machine's default gateway. */
  readonly host: string
  readonly port: number
  readonly tls: TlsMode
  /** The name in the relay's certificate, when it is not its host name. */
  readonly tlsName: string | undefined
  /** A file of certificates to trust, in place of the usual ones. */
  readonly caFile: string | undefined
  readonly user: SecretSource
  readonly password: SecretSource
}

/** What the service listens on; 0 as a port takes a free one. */
export interface ListenerConfig {
  readonly host: string
  readonly httpPort: number
  readonly lmtpPort: number
  readonly socketmapPort: number
  readonly token: SecretSource
  /** Where the service keeps what is not mail: its token, the maps. */
  readonly confDir: string
  /** Bytes of a mail that is taken at the most. */
  readonly mostBytes: number
  /** Stands for our lists inside of a mail server; exists nowhere. */
  readonly dummyDomain: string
  /** Where the maps send the mail of lists: `mlmmj:`, or such as `lmtp:inet:127.0.0.1:8024`. */
  readonly route: string
  /** When given, a list has only the addresses below one of these domains. */
  readonly domains: readonly string[] | undefined
  /** Postfix's program that makes databases of maps. */
  readonly postmap: string
}

/** What the environment says, read once by a launcher (house 7). */
export interface Config {
  /** Where lists lie unless a command says otherwise. */
  readonly spoolDir: string
  /** Where our own list texts lie; undefined for those that came with the program. */
  readonly textsDir: string | undefined
  /** The language of lists that have no texts of their own: a directory of list texts. */
  readonly language: string
  /** Connections to the relay that one delivery may use at the same time. */
  readonly connections: number
  readonly relay: RelayConfig
  readonly listener: ListenerConfig
  /** What the mail system tells a program it pipes a mail into (spec mailflow 1, MTA contract). */
  readonly arrival: Arrival
  /** What in the environment cannot be used, as sentences; its default was taken. */
  readonly complaints: readonly string[]
}

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const complaints: string[] = []
  const whole = (name: string, fallback: number, least: number, most: number): number => {
    const written = env[name]?.trim() ?? ''
    if (written === '') return fallback
    const value = Number(written)
    if (/^[0-9]+$/.test(written) && value >= least && value <= most) return value
    complaints.push(`${name} is no whole number from ${least} to ${most}; ${fallback} is used`)
    return fallback
  }
  const port = (name: string, fallback: number) => whole(name, fallback, 0, 65_535)
  return {
    spoolDir: env['MLMMJ_SPOOL'] || '/var/spool/mlmmj',
    textsDir: env['MLMMJ_TEXTS'] || undefined,
    language: languageIn(env, complaints),
    connections: whole('MLMMJ_CONNECTIONS', 4, 1, 100),
    relay: relayIn(env, whole, complaints),
    listener: {
      host: env['MLMMJ_LISTEN'] || '127.0.0.1',
      httpPort: port('MLMMJ_HTTP_PORT', 7777),
      lmtpPort: port('MLMMJ_LMTP_PORT', 8024),
      socketmapPort: port('MLMMJ_SOCKETMAP_PORT', 7778),
      token: secretIn(env, 'MLMMJ_TOKEN'),
      confDir: env['MLMMJ_CONF'] || '/mlmmj_conf',
      mostBytes: whole('MLMMJ_MAXSIZE', 52_428_800, 1_024, 2_147_483_647),
      dummyDomain: env['MLMMJ_DUMMY_DOMAIN'] || 'localhost.mlmmj',
      route: env['MLMMJ_ROUTE'] || 'mlmmj:',
      domains: env['MLMMJ_DOMAINS']?.split(/[\s,]+/).filter((domain) => domain !== '') || undefined,
      postmap: env['MLMMJ_POSTMAP'] || 'postmap',
    },
    arrival: arrivalOf(env),
    complaints,
  }
}

function languageIn(env: NodeJS.ProcessEnv, complaints: string[]): string {
  const written = env['MLMMJ_LANGUAGE'] || 'en'
  if (/^[A-Za-z][\w-]*$/.test(written)) return written
  complaints.push('MLMMJ_LANGUAGE is no directory of list texts; en is used')
  return 'en'
}

function relayIn(
  env: NodeJS.ProcessEnv,
  whole: (name: string, fallback: number, least: number, most: number) => number,
  complaints: string[],
): RelayConfig {
  const port = whole('POSTFIX_PORT', 25, 1, 65_535)
  const user = secretIn(env, 'POSTFIX_USER')
  const named = user.value !== undefined || user.file !== undefined
  return {
    host: env['POSTFIX_HOST']?.trim() || '127.0.0.1',
    port,
    tls: tlsIn(env['POSTFIX_TLS'], named, port, complaints),
    tlsName: env['POSTFIX_TLS_NAME'] || undefined,
    caFile: env['POSTFIX_TLS_CA_FILE'] || undefined,
    user,
    password: secretIn(env, 'POSTFIX_PASSWORD'),
  }
}

/** Unless told, a relay that wants a password is spoken to through TLS (RFC 8314 3.3 on port 465). */
function tlsIn(
  written: string | undefined,
  named: boolean,
  port: number,
  complaints: string[],
): TlsMode {
  const word = written?.trim().toLowerCase() ?? ''
  if (word === 'off' || word === 'may' || word === 'starttls' || word === 'implicit') return word
  if (port === 465) return 'implicit'
  // A word we do not know asks for something: the safe reading of it.
  if (word !== '')
    complaints.push('POSTFIX_TLS is none of off, may, starttls, implicit; starttls is used')
  return word !== '' || named ? 'starttls' : 'off'
}

function secretIn(env: NodeJS.ProcessEnv, name: string): SecretSource {
  return { value: env[name] || undefined, file: env[`${name}_FILE`] || undefined }
}

/** qmail's DEFAULT, then Postfix's EXTENSION, then Exim's LOCAL_PART_SUFFIX: the first that is set. */
function arrivalOf(env: NodeJS.ProcessEnv): Arrival {
  const bytes = (value: string | undefined) =>
    value === undefined ? undefined : bytesFromText(value)
  const sender = bytes(env['SENDER'])
  return {
    sender: sender === '<>' ? '' : sender,
    extension: bytes(env['DEFAULT'] ?? env['EXTENSION'] ?? env['LOCAL_PART_SUFFIX']?.slice(1)),
  }
}
