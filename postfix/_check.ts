import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { asFault, Fault } from '../src/base/fault.ts'
import { oneLine, statedIn, type Stated } from './_answer.ts'
import { unreachable } from './_conversation.ts'
import type { Options } from './_options.ts'
import { listPath } from './_path.ts'
import { openService, type Service } from './_service.ts'
import { openShelf } from './_shelf.ts'

/**
 * Tries every part of the way that a mail would take, and sends none. Tells a line for each part;
 * the first that is wrong ends it, because the others depend on it.
 *
 * @returns whether all is well.
 */
export async function check(options: Options, tell: (line: string) => void): Promise<boolean> {
  for (const [name, look] of stepsFor(options)) {
    const [verdict, says] = await look().then(
      (says) => ['ok   ', says],
      (thrown: unknown) => ['WRONG', asFault(thrown).message],
    )
    tell(`${verdict} ${name.padEnd(8)} ${oneLine(says ?? '')}`)
    if (verdict !== 'ok   ') return false
  }
  return true
}

/** Each answers with what it found, and throws a Fault when that is wrong. */
function stepsFor(options: Options): (readonly [string, () => Promise<string>])[] {
  const { host, port, list, tls, fallbackDir, deadline } = options
  const ms = deadline * 1000
  let service: Promise<Service> | undefined
  const ask = async (path: string) => get(await (service ??= openService(options)), path, ms)
  return [
    ['name', () => addressOf(host)],
    ['connect', () => connected(host, port, ms)],
    [tls ? 'https' : 'http', async () => `answers (HTTP ${(await ask('/health/live')).code})`],
    ['ready', async () => ready(await ask('/health/ready'))],
    ['token', async () => token(await ask(listPath(list ?? '-')), options)],
    ...(list === undefined
      ? []
      : [['list', async () => found(await ask(listPath(list)), list)] as const]),
    ...(fallbackDir === undefined ? [] : [['fallback', () => shelf(fallbackDir)] as const]),
  ]
}

interface Said extends Stated {
  readonly code: number
}

function get(service: Service, path: string, ms: number): Promise<Said> {
  return new Promise((resolve, reject) => {
    const request = service.ask('GET', path)
    const fail = (why: string) => reject(new Fault('notThere', why))
    const timer = setTimeout(() => {
      fail(`no answer within ${ms / 1000} s`)
      request.destroy()
    }, ms)
    request.once('close', () => clearTimeout(timer))
    request.once('error', (thrown) => fail(unreachable(thrown).message))
    request.once('response', (response) => {
      const code = response.statusCode ?? 0
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body = (body + text).slice(0, 65_536)))
      response.once('error', (thrown) => fail(unreachable(thrown).message))
      response.once('end', () => resolve({ code, ...statedIn(body) }))
    })
    request.end()
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
  const from = tokenFile === undefined ? 'there is no --token-file' : `it is in ${tokenFile}`
  if (code !== 401 && code !== 403 && code !== 429) return `accepted; ${from}`
  throw new Fault('notAllowed', `HTTP ${code}: ${message}; ${from}`)
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
