import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asFault, Fault } from '../../base/fault.ts'
import { events } from '../../base/events.ts'
import { call, type Call, type Called, type CallSite } from '../../commands/call.ts'
import { outcomeOf, refusalOf, refuse, type Refusal } from './_answer.ts'
import { bodyReader } from './_body.ts'

export interface CommandsOptions extends CallSite {
  readonly mostBytes: number
  stored(listDir: string): void
  changed(listDir: string): void
}

/** What JSON and base64 add to a mail, at the most. */
const overhead = 65_536
const mostArguments = 200

/**
 * Commands in the JSON of mlmmj's first HTTP listener: `mlmmj-command`, `args` and `mail` (base64)
 * in, `returncode` and `output` out. Its clients send any type of content, and look at the
 * returncode alone, so each refusal has one that is not 0.
 */
export function commandRoutes(app: FastifyInstance, options: CommandsOptions): void {
  const mostJson = Math.ceil((options.mostBytes * 4) / 3) + overhead
  const read = bodyReader(mostJson, 4 * mostJson)
  const obey = async ({ raw, ip }: FastifyRequest, reply: FastifyReply) => {
    try {
      const asked = callIn(await read(raw), options.mostBytes)
      const called = await call(asked, { ...options, source: ip })
      if (called.then !== undefined) options[called.then.what](called.then.listDir)
      return await tell(reply, called)
    } catch (thrown) {
      const fault = asFault(thrown)
      if (fault.retry) events.commandFailed('http', fault)
      const refusal = refusalOf(fault)
      return await refuse(reply, refusal, legacyOf(refusal, fault.kind.exit))
    }
  }
  app.post('/', obey)
  app.post('/command', obey)
}

/** What clients of the first listener understand of a refusal. */
export function legacyOf({ status, message }: Refusal, returncode = 75): Record<string, unknown> {
  return { returncode, output: `${status} ${message}\n` }
}

async function tell(reply: FastifyReply, { code, output }: Called): Promise<FastifyReply> {
  const { http, status } = outcomeOf(code)
  const answer = { returncode: code, output }
  if (code === 0) return await reply.code(http).send(answer)
  return await refuse(reply, { http, status, message: output.trim().split('\n')[0] ?? '' }, answer)
}

/** @throws Fault badUsage for anything but a command, tooBig */
function callIn(json: Buffer, mostBytes: number): Call {
  const { 'mlmmj-command': program, args = [], mail, ...others } = objectIn(json)
  const [odd] = Object.keys(others)
  if (odd !== undefined)
    throw new Fault('badUsage', 'the JSON may hold mlmmj-command, args and mail, nothing else')
  if (typeof program !== 'string')
    throw new Fault('badUsage', 'mlmmj-command must be the name of a command')
  if (!Array.isArray(args) || args.length > mostArguments || !args.every(isText))
    throw new Fault('badUsage', `args must be a list of at most ${mostArguments} strings`)
  const input = mail === undefined || mail === null ? undefined : decoded(mail)
  if (input !== undefined && input.length > mostBytes)
    throw new Fault('tooBig', `more than ${mostBytes} bytes are not taken`)
  return { program, args, input }
}

function objectIn(json: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown
  }
  throw new Fault('badUsage', 'the body must be one JSON object')
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 10_000
}

function decoded(mail: unknown): Buffer {
  if (typeof mail === 'string' && /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(mail))
    return Buffer.from(mail, 'base64')
  throw new Fault('badUsage', 'mail must be a string in base64')
}
