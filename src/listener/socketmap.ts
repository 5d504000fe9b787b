import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { asFault, Fault, isFault } from '../base/fault.ts'
import { tableNames, type ListTables, type TableName } from '../flows/list-tables.ts'
import { netstring, netstringReader } from './netstring.ts'

export interface SocketmapOptions {
  readonly tables: Pick<ListTables, 'lookUp'>
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly limits?: Partial<SocketmapLimits>
}

export interface SocketmapLimits {
  /** Clients at the same time; each process of a Postfix is one. More are hung up on. */
  readonly connections: number
  /** How long a client may be silent between requests (milliseconds). */
  readonly idleMs: number
  /** How long it may take to send a request it has begun, or to take a reply. */
  readonly requestMs: number
  /** How long the spool may take to answer, before the client is told to try again. */
  readonly lookUpMs: number
}

const usual: SocketmapLimits = {
  connections: 500,
  idleMs: 300_000,
  requestMs: 10_000,
  lookUpMs: 30_000,
}

export interface SocketmapServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Answers a Postfix which lists there are (socketmap_table(5)): `NAME KEY` as a netstring is answered
 * with `OK VALUE`, `NOTFOUND `, `TEMP reason` or `PERM reason`, in the order of the requests. Neither
 * side is authenticated: whoever reaches the port learns the addresses of lists.
 */
export async function openSocketmap(options: SocketmapOptions): Promise<SocketmapServer> {
  const limits = { ...usual, ...options.limits }
  const sockets = new Set<Socket>()
  // A client that has asked everything may close its side and still read the answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client that dies is no news; the conversation ends by itself.
    socket.on('error', () => undefined)
    void converse(socket, options.tables, limits).finally(() => socket.destroySoon())
  })
  server.maxConnections = limits.connections
  server.listen(options.port, options.host)
  await once(server, 'listening')
  // Such as no file descriptor for one more client; he comes again.
  server.on('error', () => undefined)
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroySoon()
      await closed
    },
  }
}

async function converse(
  socket: Socket,
  tables: SocketmapOptions['tables'],
  { idleMs, requestMs, lookUpMs }: SocketmapLimits,
): Promise<void> {
  const reader = netstringReader()
  let deadline = setTimeout(() => socket.destroy(), idleMs)
  let wasPending = false
  const within = (ms: number) => {
    clearTimeout(deadline)
    deadline = setTimeout(() => socket.destroy(), ms)
  }
  try {
    // Leaving the loop must not destroy the socket: there may be a last word.
    const chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
    for await (const chunk of chunks) {
      for (const request of reader.take(chunk)) {
        within(lookUpMs + requestMs)
        await send(socket, await reply(tables, request, lookUpMs))
        wasPending = false
        within(idleMs)
      }
      // The time for a request counts from its first byte: a byte a second is no way to keep us.
      if (reader.pending && !wasPending) within(requestMs)
      wasPending = reader.pending
    }
  } catch (thrown) {
    // What follows a broken request cannot be told from its rest, so the connection ends here.
    if (isFault(thrown, 'badUsage')) await send(socket, `PERM ${thrown.message}`)
    else if (!socket.destroyed) throw thrown
  } finally {
    clearTimeout(deadline)
  }
}

/** Waits until the client has taken it, so that one that only asks fills no memory. */
async function send(socket: Socket, text: string): Promise<void> {
  // The callback comes also when the client has gone, unlike 'drain'.
  await new Promise<void>((done) => socket.write(netstring(text), () => done()))
}

async function reply(
  tables: SocketmapOptions['tables'],
  request: string,
  lookUpMs: number,
): Promise<string> {
  const [, name = '', key] = /^([^ ]*) (.*)$/s.exec(request) ?? []
  if (key === undefined) return 'PERM a request is a name, a blank and a key'
  if (!tableNames.includes(name as TableName))
    return `PERM there is no table of this name, only ${tableNames.join(', ')}`
  try {
    const value = await soonEnough(tables.lookUp(name as TableName, key), lookUpMs)
    return value === undefined ? 'NOTFOUND ' : `OK ${value}`
  } catch (thrown) {
    return `TEMP ${asFault(thrown).message.replace(/[^ -~]/g, '?')}`
  }
}

async function soonEnough<Value>(asked: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault('busy', 'the spool does not answer')), ms)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
