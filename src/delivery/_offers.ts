/** What a relay says in its answer to EHLO that it can do. */
export interface Offers {
  readonly pipelining: boolean
  readonly eightBitMime: boolean
  readonly smtpUtf8: boolean
  readonly xverp: boolean
  readonly startTls: boolean
  /** The mechanisms of AUTH, in capitals (RFC 4954). */
  readonly auth: readonly string[]
  readonly size: boolean
  /** Bytes that a mail may have (RFC 1870). */
  readonly largest: number
  /** Recipients in one transaction, and transactions on one connection (RFC 9422). */
  readonly rcptMax: number
  readonly mailMax: number
}

/** `lines` are those of the reply, the relay's own greeting first. HELO's answer offers nothing. */
export function offersIn(lines: readonly string[]): Offers {
  const offered = new Map(
    lines.slice(1).map((line) => {
      const [keyword = '', ...rest] = line.trim().split(/\s+/)
      return [keyword.toUpperCase(), rest]
    }),
  )
  const limits = new Map(
    (offered.get('LIMITS') ?? []).map((limit) => {
      const [name = '', value = ''] = limit.toUpperCase().split('=')
      return [name, positive(value)]
    }),
  )
  return {
    pipelining: offered.has('PIPELINING'),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    xverp: offered.has('XVERP'),
    startTls: offered.has('STARTTLS'),
    auth: (offered.get('AUTH') ?? []).map((mechanism) => mechanism.toUpperCase()),
    size: offered.has('SIZE'),
    largest: positive(offered.get('SIZE')?.[0] ?? ''),
    // So many recipients have at most as many domains.
    rcptMax: Math.min(limits.get('RCPTMAX') ?? Infinity, limits.get('RCPTDOMAINMAX') ?? Infinity),
    mailMax: limits.get('MAILMAX') ?? Infinity,
  }
}

/** Zero and nonsense mean that there is no limit (RFC 1870 section 3). */
function positive(digits: string): number {
  const value = /^[0-9]{1,20}$/.test(digits) ? Number(digits) : 0
  return value > 0 ? value : Infinity
}
