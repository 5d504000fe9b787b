import type { FastifyReply } from 'fastify'
import { asFault, faults, type FaultCode } from '../../base/fault.ts'

/** What somebody is told instead of what he asked for. */
export interface Refusal {
  readonly http: number
  /** RFC 3463. It begins with 5 only when mail that came this way shall go back to its sender. */
  readonly status: string
  /** One sentence, without secrets or anything of a mail. */
  readonly message: string
}

const httpOf: Readonly<Record<FaultCode, number>> = {
  badUsage: 400,
  badMail: 400,
  badAddress: 400,
  noSuchFile: 404,
  noSuchList: 404,
  notThere: 503,
  bug: 500,
  alreadyThere: 409,
  spoolTrouble: 503,
  spoolFull: 503,
  busy: 503,
  tooMany: 429,
  notAllowed: 403,
  tooBig: 413,
  badSettings: 503,
}

/** A request that our operator's client should not have sent; no mail is to blame for it. */
export function wrongRequest(http: number, message: string): Refusal {
  return { http, status: '4.3.5', message }
}

export function refusalOf(thrown: unknown): Refusal {
  const { code, kind, message } = asFault(thrown)
  // What nobody expected may hold anything; it is for the log.
  const said = code === 'bug' ? kind.says : message
  return { http: httpOf[code], status: kind.status, message: said }
}

/** The HTTP code and status for a command that ended with an exit code. */
export function outcomeOf(exit: number): { readonly http: number; readonly status: string } {
  for (const [code, kind] of Object.entries(faults))
    if (kind.exit === exit) return { http: httpOf[code as FaultCode], status: kind.status }
  return { http: exit === 0 ? 200 : 500, status: exit === 0 ? '2.0.0' : '4.3.0' }
}

export async function refuse(
  reply: FastifyReply,
  { http, status, message }: Refusal,
  more: Readonly<Record<string, unknown>> = {},
): Promise<FastifyReply> {
  return await reply.code(http).send({ status, message, ...more })
}
