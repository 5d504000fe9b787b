/** How far a list's digests have come: what `lastdigest` remembers (spec spool 1.4). */
export interface DigestState {
  /** The highest number of a post that a digest has dealt with. */
  readonly lastPost: number
  /** When that was, in seconds since 1970. */
  readonly lastAt: number
  /** How many digests there have been. */
  readonly issue: number
}
