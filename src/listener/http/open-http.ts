import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { asFault, errnoOf, Fault } from '../../base/fault.ts'
import { events } from '../../base/events.ts'
import { commandRoutes, legacyOf, type CommandsOptions } from './_commands.ts'
import { gateFor } from './_gate.ts'
import { healthRoutes } from './_health.ts'
import { messageRoutes } from './_messages.ts'
import { refusalOf, refuse, wrongRequest, type Refusal } from './_answer.ts'

export interface HttpOptions extends CommandsOptions {
  readonly token: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Bytes of a mail that is taken at the most. */
  readonly mostBytes: number
  /** Why the service cannot do its work now, as sentences; none when it can. */
  ready(): Promise<readonly string[]>
  /** A mail lies in incoming/ of the list. */
  stored(listDir: string): void
  /** A command has been at the list. */
  changed(listDir: string): void
  /** Times that a test makes shorter. */
  readonly limits?: Partial<HttpLimits>
}

/** Milliseconds. */
export interface HttpLimits {
  /** For the head of a request to arrive. */
  readonly headMs: number
  /** For all of a request to arrive. */
  readonly requestMs: number
  /** Without a byte while a request arrives. */
  readonly pauseMs: number
  /** For what is still sent by a client that has its answer already. */
  readonly lingerMs: number
  /** For requests under way when the service ends. */
  readonly closeMs: number
}

export interface HttpServer {
  readonly port: number
  /** Every method and path that is answered, such as `POST /command`. */
  readonly routes: readonly string[]
  /** Ends when the requests under way are answered, or cut off. */
  close(): Promise<void>
}

const usualLimits: HttpLimits = {
  headMs: 15_000,
  requestMs: 600_000,
  pauseMs: 60_000,
  lingerMs: 5_000,
  closeMs: 8_000,
}

/** A Postfix with all its pipes, and then some; the rest is told by the closed connection. */
const mostConnections = 2_000

/**
 * The way in over HTTP: health for anybody; mail and commands for who has the token. Every answer
 * but those of health and success is JSON with a status (RFC 3463) and a sentence.
 *
 * @throws Fault badSettings when the port cannot be had.
 */
export async function openHttp(options: HttpOptions): Promise<HttpServer> {
  const limits = { ...usualLimits, ...options.limits }
  const closing = new AbortController()
  const app = serverFor(limits)
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push(`${one} ${url}`)
  })
  healthRoutes(app, () => options.ready())
  await app.register(async (guarded) => {
    guard(guarded, options, closing.signal)
    messageRoutes(guarded, options)
    commandRoutes(guarded, options)
  })
  try {
    await app.listen({ host: options.host, port: options.port })
  } catch (thrown) {
    await app.close()
    const errno = errnoOf(thrown)
    if (errno === undefined) throw thrown
    const where = `port ${options.port} of ${options.host}`
    throw new Fault('badSettings', `HTTP cannot have ${where} (${errno})`, thrown)
  }
  const { port } = app.server.address() as AddressInfo
  return {
    port,
    routes,
    async close() {
      closing.abort()
      const late = setTimeout(() => app.server.closeAllConnections(), limits.closeMs)
      await app.close()
      clearTimeout(late)
    },
  }
}

function serverFor({ headMs, requestMs, pauseMs, lingerMs }: HttpLimits): FastifyInstance {
  const app = fastify({
    logger: false,
    trustProxy: false,
    forceCloseConnections: 'idle',
    // Whoever sends a mail while we end is still served: his connection is there.
    return503OnClosing: false,
    connectionTimeout: pauseMs,
    requestTimeout: requestMs,
    keepAliveTimeout: 10_000,
    routerOptions: { maxParamLength: 400 },
    http: {
      headersTimeout: headMs,
      connectionsCheckingInterval: Math.min(1_000, headMs),
      insecureHTTPParser: false,
      maxHeaderSize: 16_384,
    },
    frameworkErrors: (error, _, reply) => void refuse(reply, errorOf(error)),
    clientErrorHandler: endConnection,
  })
  app.server.maxConnections = mostConnections
  // No body is parsed before its route looks at it: each reads its own, within its own bounds.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_, __, done) => done(null))
  app.addHook('onSend', async (_, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.complete || raw.destroyed) return
    // Who is refused may still be sending; closed at once, many a client never sees the answer.
    raw.resume()
    const late = setTimeout(() => raw.complete || raw.socket.destroy(), lingerMs).unref()
    raw.once('close', () => clearTimeout(late))
  })
  app.setErrorHandler<FastifyError>(async (error, _, reply) => await refuse(reply, errorOf(error)))
  app.setNotFoundHandler(
    async (_, reply) => await refuse(reply, wrongRequest(404, 'there is nothing under this path')),
  )
  return app
}

/** Only who shows the token passes; the others are told, later and later. */
function guard(app: FastifyInstance, options: HttpOptions, closing: AbortSignal): void {
  const gate = gateFor(options.token, options.house.chance)
  app.addHook('onRequest', async ({ headers, ip, raw }, reply) => {
    if (gate.opens(headers.authorization)) return undefined
    const { waitMs, tooOften, failures, notable, done } = gate.rebuff(ip)
    if (notable)
      events.commandFailed(
        'http',
        new Fault('notAllowed', `no token from ${ip}, ${failures} times`),
      )
    await pause(waitMs, raw.socket, closing)
    done()
    reply.header('www-authenticate', 'Bearer realm="mlmmj"')
    if (tooOften) reply.header('retry-after', '60')
    const refusal: Refusal = tooOften
      ? { http: 429, status: '4.7.0', message: 'too many requests without the right token' }
      : { http: 401, status: '4.7.0', message: 'this needs the token of the listener' }
    return await refuse(reply, refusal, legacyOf(refusal))
  })
}

/** Ends early when the caller has gone, or the service ends. */
async function pause(ms: number, socket: Socket, closing: AbortSignal): Promise<void> {
  const gone = new AbortController()
  const leave = () => gone.abort()
  socket.once('close', leave)
  try {
    await sleep(ms, undefined, { signal: AbortSignal.any([gone.signal, closing]) })
  } catch (thrown) {
    if (!(thrown instanceof Error && thrown.name === 'AbortError')) throw thrown
  } finally {
    socket.off('close', leave)
  }
}

/** What the framework found wrong with a request, or a bug of ours. */
function errorOf(error: FastifyError): Refusal {
  const { statusCode = 500 } = error
  if (statusCode >= 400 && statusCode < 500)
    return wrongRequest(statusCode, 'this request cannot be understood')
  const fault = asFault(error)
  events.commandFailed('http', fault)
  return refusalOf(fault)
}

/** For a connection on which no whole request came. */
function endConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [line, message] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'the request took too long to arrive']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'the head of the request is too large']
        : ['400 Bad Request', 'this is no request in HTTP']
  const body = JSON.stringify({ status: '4.3.5', message })
  const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`
  socket.end(`HTTP/1.1 ${line}\r\n${head}\r\n\r\n${body}`, () => socket.destroy())
}
