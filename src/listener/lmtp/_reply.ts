import { Fault, type FaultCode } from '../../base/fault.ts'

/** A reply other than 250, as smtp-server wants it: an error that carries its code. */
export type Refusal = Error & { readonly responseCode: number }

class Reply extends Error {
  readonly responseCode: number

  constructor(responseCode: number, text: string) {
    super(text)
    this.responseCode = responseCode
  }
}

/** What a mail client is told about a fault. */
export function replyOf({ kind, message }: Fault): Refusal {
  return new Reply(kind.smtp, `${kind.status} ${message}`)
}

export function refusal(code: FaultCode, message: string): Refusal {
  return replyOf(new Fault(code, message))
}

/** A reply that is no fault of ours: the client's grammar. */
export function reply(smtp: number, status: string, text: string): Refusal {
  return new Reply(smtp, `${status} ${text}`)
}
