import { Fault, type FaultCode } from '../../base/fault.ts'

/** A reply of one line (RFC 5321 4.2), its text beginning with an enhanced status code (RFC 2034 4). */
export type Reply = `${2 | 3 | 4 | 5}${number} ${string}`

/** With the code and the line end, RFC 5321 4.5.3.1.5 allows 512 bytes. */
const longestText = 500

/** Texts quote what a client said: nothing of it may begin another line or do things in terminals. */
export function reply(code: number, text: string): Reply {
  const clean = text.slice(0, longestText).replace(/[^\t\x20-\x7e]+/g, '?')
  return `${code} ${clean}` as Reply
}

/** What a mail client is told about a fault. */
export function replyOf({ kind, message }: Fault): Reply {
  return reply(kind.smtp, `${kind.status} ${message}`)
}

export function refusal(code: FaultCode, message: string): Reply {
  return replyOf(new Fault(code, message))
}

/** Whether the client shall try again. */
export function isForNow(answer: Reply): boolean {
  return answer.startsWith('4')
}

export function isRefusal(answer: Reply): boolean {
  return isForNow(answer) || answer.startsWith('5')
}
