import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request, type IncomingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openHouse } from '../../src/app.ts'
import { log } from '../../src/base/events.ts'
import { readConfig } from '../../src/config.ts'
import { openHttp, type HttpLimits } from '../../src/listener/http/open-http.ts'
import { scratchList, type ListSetup, type ScratchList } from '../_list.ts'

export const token = '5f2b8c1e9a7d40361c0de4b7a98f3521'
export const smallMail = 'From: joe@example.org\nTo: talk@example.org\nSubject: hi\n\nhello\n'

export interface Asked {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The answer, when it is JSON. */
  readonly json: Record<string, unknown>
}

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Buffer | Readable | undefined
  /** None is sent when this is undefined explicitly. */
  readonly token?: string | undefined
}

export interface HouseSetup {
  readonly lists?: readonly ListSetup[]
  readonly mostBytes?: number
  readonly limits?: Partial<HttpLimits>
  readonly ready?: () => Promise<readonly string[]>
  readonly stored?: (listDir: string) => void
}

/** The way in over HTTP on a free port, with a spool of its own. Vanishes with `await using`. */
export async function httpHouse({ lists = [{}], ...setup }: HouseSetup = {}) {
  const scratch = await mkdtemp(join(tmpdir(), 'mlmmj-http-'))
  const spoolDir = join(scratch, 'spool')
  const made: ScratchList[] = []
  for (const list of lists) made.push(await scratchList({ below: spoolDir, ...list }))
  const stored: string[] = []
  const changed: string[] = []
  const told: string[] = []
  const hear = (line: unknown) => told.push(String(line))
  log.subscribe(hear)
  const house = openHouse({ ...readConfig({}), textsDir: join(process.cwd(), 'texts') })
  const server = await openHttp({
    house,
    spoolDir,
    token,
    host: '127.0.0.1',
    port: 0,
    mostBytes: setup.mostBytes ?? 1_000_000,
    ready: setup.ready ?? (async () => []),
    stored(listDir) {
      stored.push(listDir)
      setup.stored?.(listDir)
    },
    changed: (listDir) => changed.push(listDir),
    limits: { closeMs: 500, ...setup.limits },
  })
  const [list] = made
  if (list === undefined) throw new Error('a house has a list')
  return {
    spoolDir,
    list,
    lists: made,
    port: server.port,
    stored,
    changed,
    told,
    server,
    ask: (path: string, asking: Asking = {}) => ask(server.port, path, asking),
    post: (path: string, body: Asking['body'], asking: Asking = {}) =>
      ask(server.port, path, {
        method: 'POST',
        body,
        ...asking,
        headers: { 'content-type': 'message/rfc822', ...asking.headers },
      }),
    command: (
      command: string,
      args: readonly string[],
      more: Readonly<Record<string, unknown>> = {},
    ) =>
      ask(server.port, '/', {
        method: 'POST',
        body: JSON.stringify({ 'mlmmj-command': command, args, ...more }),
      }),
    /** Mails in incoming/, by name. */
    mails: async (of = list) => (await of.names('incoming')).filter((name) => !name.includes('.')),
    /** Nothing half is left, whatever happened. */
    drafts: async (of = list) => {
      const names = await readdir(of.path('.mlmmj-ts'), { recursive: true }).catch(() => [])
      return names.filter((name) => /draft|new|tmp/.test(name))
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      log.unsubscribe(hear)
      await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function ask(port: number, path: string, asking: Asking): Promise<Asked> {
  const { method = 'GET', headers = {}, body } = asking
  const shown = 'token' in asking ? asking.token : token
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      headers: { ...(shown === undefined ? {} : { authorization: `Bearer ${shown}` }), ...headers },
    })
    asked.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
        resolve({ code: response.statusCode ?? 0, headers: response.headers, text, json })
      })
    })
    asked.once('error', reject)
    if (body instanceof Readable) body.pipe(asked)
    else asked.end(body)
  })
}

/** A connection on which a test says what it likes. */
export function dial(port: number): {
  readonly socket: Socket
  /** All that came, once the other side has closed, or `ms` have passed. */
  heard(ms?: number): Promise<string>
} {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return {
    socket,
    async heard(ms = 5_000) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
      await Promise.race([closed, late])
      clearTimeout(timer)
      socket.destroy()
      return text
    },
  }
}
