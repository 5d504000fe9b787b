import { readFileSync, statSync } from 'node:fs'
import { request as plainRequest, type ClientRequest, type RequestOptions } from 'node:http'
import { errnoOf, Fault } from '../src/base/fault.ts'
import type { Options } from './_options.ts'

/** The list service, as the command line names it. */
export interface Service {
  /** For messages: `HOST:PORT`. */
  readonly name: string
  /** A request that is on its way; the caller listens to its events and ends it. */
  ask(method: string, path: string, headers?: Readonly<Record<string, string>>): ClientRequest
}

/** @throws Fault badSettings when the token or the certificates cannot be read. */
export async function openService(options: Options): Promise<Service> {
  const { host, port, tls, tokenFile, caFile } = options
  const token = tokenFile === undefined ? undefined : readToken(tokenFile)
  const ca = caFile === undefined ? undefined : readSetting(caFile)
  // HTTPS takes its time to load, and most services are on the same host.
  const begin = tls ? (await import('node:https')).request : plainRequest
  return {
    name: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    ask: (method, path, headers = {}) =>
      begin({
        host,
        port,
        method,
        path,
        agent: false,
        ...(ca === undefined ? {} : { ca }),
        headers: {
          ...headers,
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
      } satisfies RequestOptions & { ca?: string }),
  }
}

function readToken(file: string): string {
  const token = readSetting(file).trim()
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Fault('badSettings', `${file} holds no token`)
  return token
}

/** At once: the threads that Node would take for it cost more than such a small file. */
function readSetting(file: string): string {
  try {
    // A pipe could keep us waiting for ever.
    if (statSync(file).isFile()) return readFileSync(file, 'latin1')
  } catch (thrown) {
    throw new Fault('badSettings', `${file} cannot be read (${errnoOf(thrown)})`, thrown)
  }
  throw new Fault('badSettings', `${file} is no file`)
}
