import type { Address } from '../message/address.ts'

/** A mail made ready to travel: prepared once, sent to everybody. */
export interface WireMessage {
  /** CRLF line ends, dots stuffed, ends with CRLF; without the final dot (RFC 5321 4.5.2). */
  readonly pieces: readonly Buffer[]
  /** How many pieces the header has: behind them a header line for one recipient can be put in. */
  readonly headPieces: number
  /** Bytes of all pieces. */
  readonly length: number
  /** The body or a header has bytes above 127: BODY=8BITMIME is said when offered (RFC 6152). */
  readonly eightBit: boolean
}

/** One MAIL transaction. `note` comes back with the outcome, so that a caller finds its own record. */
export interface Envelope<Note> {
  /** Empty for the null reverse-path. */
  readonly from: string
  readonly to: readonly Address[]
  /** Parameters behind MAIL FROM:<…>, such as `XVERP=-=`. */
  readonly parameters?: string
  /** A header line for this copy alone, without its line end, such as `To: ann@example.org`. */
  readonly headerLine?: string
  readonly note: Note
}

export interface Outcome {
  readonly to: Address
  /** sent: answered by 250. later: try again. never: refused for good (5xx). */
  readonly result: 'sent' | 'later' | 'never'
  /** What was being done when it was decided. */
  readonly stage: 'connect' | 'hello' | 'mail' | 'rcpt' | 'data' | 'body'
  /** The server's reply or the local reason, one line, for the log. */
  readonly reply: string
}

/** What the relay at the other end of a connection can do for an envelope. */
export interface RelayOffers {
  /** It makes the return path of each recipient itself (`XVERP=-=` behind MAIL FROM). */
  readonly xverp: boolean
  /** Recipients that it takes in one transaction (RFC 9422); Infinity when it does not say. */
  readonly rcptMax: number
}

/** Where envelopes come from: asked one by one, only when a connection can take the next. */
export interface EnvelopeSource<Note> {
  /**
   * The next envelope, or undefined when there is none left. May read from disk. Another connection
   * may carry it in the end, to the same relay.
   */
  next(offers: RelayOffers): Envelope<Note> | undefined | Promise<Envelope<Note> | undefined>
  /**
   * Called once for every envelope that `next` gave, in any order, with one outcome for each of its
   * recipients, in their order. Must return quickly and never throw. For `sent` it is called before
   * the same connection lets another message go, so at most one message for each connection is in
   * doubt; more only for an envelope that the relay's own limit breaks into several (RFC 9422, or
   * 452 to RCPT, RFC 5321 4.5.3.1.10).
   */
  settled(envelope: Envelope<Note>, outcomes: readonly Outcome[]): void
}

/** How the way to a relay is made safe, and who we are to it. */
export interface RelaySecurity {
  /**
   * `may` uses STARTTLS when it is offered and believes any certificate; `starttls` and `implicit`
   * (TLS from the first byte) hand nothing over without a certificate that fits (RFC 8314).
   */
  readonly tls: 'off' | 'may' | 'starttls' | 'implicit'
  /** The name that the certificate must have; the host's unless given. */
  readonly name?: string
  /** Certificates to trust in place of the usual ones (PEM). */
  readonly ca?: string
  /** Said through TLS only, or to this machine (RFC 4954). */
  readonly login?: { readonly user: string; readonly password: string }
}

export interface Relay {
  readonly host: string
  readonly port: number
  /** What EHLO says. */
  readonly helo: string
  /** The most connections at the same time. */
  readonly connections: number
  /** Plain SMTP without a password unless given. */
  readonly security?: RelaySecurity
}

/** A way out of the house. SMTP in service, a plain array in tests. */
export interface Transport {
  /**
   * Offers one message to all envelopes of a source and answers for each of them. A refusal is an
   * outcome, not an exception; a relay that is down, drops, stalls or talks nonsense makes `later`
   * of what is unanswered. When the relay cannot be used at all, what is left in the source is not
   * taken out of it. Stops early on `signal`. Never throws for what a server does.
   */
  deliver<Note>(
    relay: Relay,
    message: WireMessage,
    source: EnvelopeSource<Note>,
    signal?: AbortSignal,
  ): Promise<DeliveryEnd>
}

export interface DeliveryEnd {
  /** Whether the source was emptied; false when the relay stopped taking mail or the signal came. */
  readonly emptied: boolean
  /** The last trouble with the relay itself, one line; undefined when there was none. */
  readonly trouble: string | undefined
}
