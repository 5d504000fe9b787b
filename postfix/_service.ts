import { readFileSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { errnoOf, Fault } from '../src/base/fault.ts'
import type { Options } from './_options.ts'

/** The list service, as the command line names it. */
export interface Service {
  /** For messages, and for the service itself: `HOST:PORT`. */
  readonly name: string
  /** Begins a connection, for one request. */
  connect(): Line
  /** The head of that request, without the blank line at its end (RFC 9112 3). */
  head(method: string, path: string): string
}

/** A connection that is being made. */
export interface Line {
  readonly socket: Socket
  /** The event of the socket by which one may speak: the service is who it says. */
  readonly opens: 'connect' | 'secureConnect'
}

/** @throws Fault badSettings when the token or the certificates cannot be read. */
export async function openService(options: Options): Promise<Service> {
  const { host, port, tls, tokenFile, caFile } = options
  const token = tokenFile === undefined ? undefined : readToken(tokenFile)
  const ca = caFile === undefined ? undefined : readSetting(caFile)
  const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const login = token === undefined ? '' : `\r\nAuthorization: Bearer ${token}`
  return {
    name,
    connect: tls ? await secure(host, port, ca) : () => plain(host, port),
    head: (method, path) =>
      `${method} ${path} HTTP/1.1\r\nHost: ${name}\r\nConnection: close${login}`,
  }
}

function plain(host: string, port: number): Line {
  return { socket: connect({ host, port }), opens: 'connect' }
}

/** TLS takes its time to load, and most services are on the same host. */
async function secure(host: string, port: number, ca: string | undefined): Promise<() => Line> {
  const [tls, { isIP }] = [await import('node:tls'), await import('node:net')]
  return () => ({
    socket: tls.connect({
      host,
      port,
      // An address is no server name (RFC 6066 3); the certificate is compared with it all the same.
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
      ...(ca === undefined ? {} : { ca }),
    }),
    opens: 'secureConnect',
  })
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
