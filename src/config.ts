import { bytesFromText } from './base/bytes.ts'
import type { Arrival } from './message/arrival.ts'

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
  /** What the mail system tells a program it pipes a mail into (spec mailflow 1, MTA contract). */
  readonly arrival: Arrival
}

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const language = env['MLMMJ_LANGUAGE'] ?? ''
  const wanted = Number(env['MLMMJ_CONNECTIONS'])
  return {
    spoolDir: env['MLMMJ_SPOOL'] || '/var/spool/mlmmj',
    textsDir: env['MLMMJ_TEXTS'] || undefined,
    language: /^[A-Za-z][\w-]*$/.test(language) ? language : 'en',
    connections: Number.isInteger(wanted) && wanted >= 1 && wanted <= 100 ? wanted : 4,
    arrival: arrivalOf(env),
  }
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
