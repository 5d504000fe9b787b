import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { asFault, Fault } from '../src/base/fault.ts'
import { AnswerReader } from './_answer-reader.ts'
import { oneLine, statedIn, type Stated } from './_answer.ts'
import { listenTo, unreachable } from './_listen-to.ts'
import type { Options } from './_options.ts'
import { openService, type Service } from './_service.ts'
import { openShelf } from './_shelf.ts'

/** Milliseconds for a step: a person waits. */
const mostMs = 30_000

/** When one of these is wrong, nothing behind it can be right. */
const essential = ['name', 'connect', 'http', 'https', 'token']

/**
 * Tries every part of the way that a mail would take, and sends none. Tells a line for each part.
 *
 * @returns whether all is well.
 */
export async function check(options: Options, tell: (line: string) => void): Promise<boolean> {
  let well = true
  for (const [name, look] of stepsFor(options)) {
    const [verdict, says] = await look().then(
      (says) => ['ok   ', says],
      (thrown: unknown) => ['WRONG', asFault(thrown).message],
    )
    tell(`${verdict} ${name.padEnd(8)} ${oneLine(says ?? '')}`)
    well &&= verdict === 'ok   '
    if (verdict !== 'ok   ' && essential.includes(name)) break
  }
  return well
}

/** Each answers with what it found, and throws a Fault when that is wrong. */
function stepsFor(options: Options): (readonly [string, () => Promise<string>])[] {
  const { host, port, list, tls, fallbackDir, deadline } = options
  const ms = Math.min(deadline * 1000, mostMs)
  let service: Promise<Service> | undefined
  const ask = async (method: string, path: string, body?: string) =>
    said(await (service ??= openService(options)), ms, method, path, body)
  // Any command that needs the token would do; this one changes nothing.
  const count = () => ask('POST', '/command', countOf(list ?? 'none'))
  return [
    ['name', () => addressOf(host)],
    ['connect', () => connected(host, port, ms)],
    [
      tls ? 'https' : 'http',
      async () => `answers (HTTP ${(await ask('GET', '/health/live')).code})`,
    ],
    ['ready', async () => ready(await ask('GET', '/health/ready'))],
    ['token', async () => token(await count(), options)],
    ...(list === undefined ? [] : [['list', async () => found(await count(), list)] as const]),
    ...(fallbackDir === undefined ? [] : [['fallback', () => shelf(fallbackDir)] as const]),
  ]
}

interface Said extends Stated {
  readonly code: number
}

function countOf(list: string): string {
  return JSON.stringify({ 'mlmmj-command': 'mlmmj-list', args: ['-L', list, '-c'] })
}

function said(
  service: Service,
  ms: number,
  method: string,
  path: string,
  body?: string,
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const { socket, opens } = service.connect()
    const timer = setTimeout(() => {
      reject(new Fault('notThere', `no answer within ${ms / 1000} s`))
      socket.destroy()
    }, ms)
    listenTo(socket, new AnswerReader(), (outcome) => {
      clearTimeout(timer)
      if ('code' in outcome) resolve({ code: outcome.code, ...statedIn(outcome.body) })
      else reject(new Fault('notThere', outcome.message))
      socket.destroy()
    })
    const bytes = Buffer.from(body ?? '')
    const type = body === undefined ? '' : '\r\nContent-Type: application/json'
    const length = body === undefined ? '' : `\r\nContent-Length: ${bytes.length}`
    const head = `${service.head(method, path)}${type}${length}\r\n\r\n`
    socket.once(opens, () => socket.write(Buffer.concat([Buffer.from(head, 'latin1'), bytes])))
  })
}

async function addressOf(host: string): Promise<string> {
  try {
    return `${host} is ${(await lookup(host)).address}`
  } catch (thrown) {
    throw new Fault('notThere', `there is no host ${host}`, thrown)
  }
}

function connected(host: string, port: number, ms: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: ms })
    const fail = (why: string) => {
      socket.destroy()
      reject(new Fault('notThere', why))
    }
    socket.once('timeout', () => fail(`no connection within ${ms / 1000} s`))
    socket.once('error', (thrown) => fail(unreachable(thrown).message))
    socket.once('connect', () => {
      resolve(`to ${socket.remoteAddress} port ${port}`)
      socket.destroy()
    })
  })
}

function ready({ code, message }: Said): string {
  if (code === 200) return 'the service is ready'
  throw new Fault('notThere', `the service is not ready (HTTP ${code}): ${message}`)
}

function token({ code, message }: Said, { tokenFile }: Options): string {
  const which = tokenFile === undefined ? 'no token (--token-file)' : `the token in ${tokenFile}`
  if (code !== 401 && code !== 429) return `${which} will do`
  throw new Fault('notAllowed', `${which} will not do (HTTP ${code}): ${message}`)
}

function found({ code, status, message }: Said, list: string): string {
  if (code >= 200 && code < 300) return `there is a list ${list}`
  throw new Fault('noSuchList', `HTTP ${code} ${status ?? 'without a status'}: ${message}`)
}

async function shelf(dir: string): Promise<string> {
  const opened = await openShelf(dir)
  await (await opened.beginDraft('/lists/-/messages')).drop()
  const [waiting, refused] = [(await opened.waiting()).length, await opened.refused()]
  return `${dir} can be written; ${waiting} waiting, ${refused} refused for good`
}
