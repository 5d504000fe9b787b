/** What the bringer of a mail knew of its envelope. */
export interface Arrival {
  /** Envelope sender; empty for the null reverse-path; undefined when nobody said. */
  readonly sender: string | undefined
  /** What stood behind the delimiter of the recipient; empty for the plain list address. */
  readonly extension: string | undefined
}
