import { Crew } from './_crew.ts'
import { type Deadlines, patience } from './_deadlines.ts'
import { openSocket } from './_tls-auth.ts'
import type { Connect } from './_hello.ts'
import type { Transport } from './transport.ts'

export interface SmtpOptions {
  /** What differs from RFC 5321's deadlines, in milliseconds. */
  readonly deadlines?: Partial<Deadlines>
  /** How a connection is made; without it, TCP, and TLS when the relay has it so. */
  readonly connect?: Connect
}

/**
 * The way out over SMTP (RFC 5321, spec mailflow 6.3-6.6). Up to `relay.connections` connections
 * share a source; what a relay offers of PIPELINING, SIZE, 8BITMIME, SMTPUTF8 and LIMITS is used.
 * An envelope whose connection ends before its mail was handed over gets one more connection. When
 * nothing can be reached, or three connections in a row came to nothing, the source is left alone.
 * Faults of the source pass through, after everything it gave out has been settled.
 */
export function smtpTransport({ deadlines, connect = openSocket }: SmtpOptions = {}): Transport {
  const limits = { ...patience, ...deadlines }
  return {
    deliver: (relay, message, source, signal) =>
      new Crew(relay, message, source, connect, limits).run(signal),
  }
}
