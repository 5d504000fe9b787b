import type { Identity } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'

/** A list as a flow sees it: where it is, who it is, and what its control files say now. */
export interface OpenList {
  readonly dir: string
  readonly identity: Identity
  readonly settings: Settings
}

/** What a list text is for: the first part of its name (spec listtexts 3.1). */
export type Purpose =
  | 'confirm'
  | 'deny'
  | 'finish'
  | 'notify'
  | 'gatekeep'
  | 'wait'
  | 'moderate'
  | 'help'
  | 'faq'
  | 'list'
  | 'probe'

/** One mail that we write ourselves: a row of the matrix in spec mailflow 3.3. */
export interface ReplyRequest {
  /** The parts of the list text's name; the type may be missing, or the qualifier of a rule. */
  readonly purpose: Purpose
  readonly action?: 'sub' | 'unsub' | 'post'
  readonly reason?: string
  readonly type?: string

  /** Extension of the list address in From: */
  readonly from: 'help' | 'owner'
  /** The whole address in To: */
  readonly to: string
  /** Extension of the list address in Reply-To:, if there is one. */
  readonly replyTo?: string
  /** Extension of the list address in MAIL FROM. */
  readonly mailFrom: string
  /** RCPT TO: one mail for each. */
  readonly recipients: readonly string[]

  /** What `$name$` in the list text stands for. */
  readonly values: Readonly<Record<string, string>>
  /** What `%name%` in the list text stands for: a line for each. */
  readonly lists: Readonly<Record<string, readonly string[]>>
  /** The post that `%originalmail%` quotes. */
  readonly original?: Buffer
}

/** Writes and sends what is requested. */
export interface Replies {
  /**
   * Returns when the mail is on disk to stay or delivered. A relay that is down is no fault: the
   * mail waits in the queue. No recipients: nothing is sent.
   *
   * @throws Fault spoolTrouble, spoolFull
   */
  send(list: OpenList, request: ReplyRequest): Promise<void>
}
