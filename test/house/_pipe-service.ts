import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import {
  createServer as createRawServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { run, type Ended, type RunOptions } from '../_program.ts'

/** The pipe client as it is installed on a mail host: one file. */
export const client = join(process.cwd(), 'dist', 'postfix_incoming.cjs')

/** A request that a scripted service got. */
export interface Taken {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** As far as it came. */
  readonly body: Buffer
  /** Whether the client said that this is all. */
  readonly complete: boolean
}

export interface Service extends AsyncDisposable {
  readonly port: number
  /** Requests in the order in which they ended. */
  readonly taken: Taken[]
  /** Says what comes next; a plain answer is given after the whole request. */
  answers(script: Script): void
}

export type Script = Reply | ((request: IncomingMessage, response: ServerResponse) => void)

export interface Reply {
  readonly code: number
  readonly body: string
}

export const accepted: Reply = { code: 202, body: '{"id":"1a2b3c4d","status":"2.6.0"}' }

export function refusal(code: number, status: string, message = 'because'): Reply {
  return { code, body: JSON.stringify({ status, message }) }
}

/** A service that does as a test says, on loopback. */
export async function startService(script: Script = accepted, port = 0): Promise<Service> {
  const taken: Taken[] = []
  let current = script
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('close', () =>
      taken.push({
        method: request.method ?? '',
        path: pathname,
        query: searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks),
        complete: request.complete,
      }),
    )
    request.on('error', () => undefined)
    if (typeof current === 'function') return current(request, response)
    const { code, body } = current
    request.once('end', () => {
      response.writeHead(code, { 'Content-Type': 'application/json' }).end(body)
    })
  })
  const { port: bound, close } = await listen(server, port)
  return {
    port: bound,
    taken,
    answers: (next) => (current = next),
    [Symbol.asyncDispose]: close,
  }
}

/** What speaks no HTTP, or half of it. */
export async function startRaw(
  onConnection: (socket: Socket) => void,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  const { port, close } = await listen(server, 0)
  return { port, [Symbol.asyncDispose]: close }
}

export async function listen(
  server: Server,
  port: number,
): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { port: (server.address() as AddressInfo).port, close }
}

/** Runs the client for talk as Postfix would. */
export function deliver(
  port: number,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Ended> {
  const stdin = options.stdin ?? smallMail
  const where = ['--mlmmj', '127.0.0.1', '--port', String(port)]
  return run(client, [...where, '--sender', 'joe@example.org', ...args, 'talk'], {
    ...options,
    stdin,
  })
}

export const smallMail = 'From: joe@example.org\nTo: talk@example.org\nSubject: hi\n\nhello\n'

/** More than all buffers on the way can hold. */
export const largeMail = Buffer.concat([
  Buffer.from(smallMail),
  Buffer.alloc(12_000_000, 'all work and no play makes a long mail\n'),
])

export async function scratchDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-pipe-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
  return dir
}
