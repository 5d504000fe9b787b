import { Fault, type FaultCode } from '../../base/fault.ts'

/** A reply of one line (RFC 5321 4.2), its text beginning with an enhanced status code (RFC 2034 4). */
export type Reply = `${2 | 3 | 4 | 5}${number} ${string}`

/** Texts quote what a client said: nothing of it may begin another line or do things in terminals. */
export function reply(code: number, text: string): Reply {
  return `${code} ${text.replace(/[^\t\x20-\x7e]+/g, '?')}` as Reply
}

/** What a mail client is told about a fault. */
export function replyOf({ kind, message }: Fault): Reply {
  return reply(kind.smtp, `${kind.status} ${message}`)
}

export function refusal(code: FaultCode, message: string): Reply {
  return replyOf(new Fault(code, message))
}

export function isRefusal(answer: Reply): boolean {
  return answer.startsWith('4') || answer.startsWith('5')
}
