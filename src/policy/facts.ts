/** What is known of a post before anybody judges it; gathered by flows (house 11). */
export interface PostFacts {
  /** Bytes of the prepared mail: after header edits, with footer. */
  readonly size: number
  /** Envelope sender; empty for the null reverse-path and when nobody knows it. */
  readonly envelopeFrom: string
  /** The address in From:, or undefined when there is not exactly one. */
  readonly poster: string | undefined
  /** First address of X-Original-From:, else the poster. */
  readonly claimedPoster: string
  /** The list has sent it before (cameBack). */
  readonly cameBack: boolean
  /** It says that a program wrote it as an answer (isAutoReply). */
  readonly isAutoReply: boolean
  /** The list is named in To: or Cc:. */
  readonly namesTheList: boolean
  /** Is the claimed poster in one of the three subscriber directories? */
  readonly posterIsSubscriber: boolean
  /** Every header as one line, `Name: value`, in their order, before any was removed. */
  readonly headerLines: readonly string[]
}
