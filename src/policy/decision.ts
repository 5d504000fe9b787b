/** Why a post may not go on; spelled as the reason of its list text (spec listtexts 3.2). */
export type RefuseReason = 'maxmailsize' | 'tocc' | 'access' | 'subonlypost' | 'modonlypost'
export type HoldReason = 'access' | 'modnonsubposts' | 'modnonmodposts' | 'moderated'
export type DiscardReason =
  'badfrom' | 'loop' | 'autoreply' | 'repeated' | 'nosender' | 'access' | 'fromlist'

/** What shall happen to a post. Every kind has a case wherever decisions are carried out. */
export type Decision =
  | { readonly do: 'distribute' }
  | { readonly do: 'hold'; readonly why: HoldReason }
  | {
      readonly do: 'refuse'
      readonly why: RefuseReason
      /** Third part of the text's name: the QUAL of a rule `deny-QUAL`. */
      readonly qualifier?: string
      /** Whom the reply goes to; undefined when there shall be none. */
      readonly replyTo: string | undefined
    }
  | {
      readonly do: 'discard'
      readonly why: DiscardReason
      /** Which copy is kept in queue/discarded: as it came, as prepared, or none. */
      readonly keep: 'original' | 'prepared' | 'nothing'
    }
