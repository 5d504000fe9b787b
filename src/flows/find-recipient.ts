/** The list that an envelope recipient belongs to. */
export interface ListRecipient {
  readonly listDir: string
  /** What stood behind the delimiter; empty for the list itself. */
  readonly extension: string
}
