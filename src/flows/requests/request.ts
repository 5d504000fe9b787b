import type { Reading } from '../../list/extensions.ts'
import type { Head } from '../../message/head.ts'
import type { MailId } from '../../spool/mail-id.ts'
import type { OriginalMail } from '../../spool/prepared.ts'
import type { House } from '../house.ts'
import type { Outgoing } from '../outgoing.ts'
import type { OpenList, Replies } from '../reply-request.ts'

/** A mail to an address below a list, and everything that serves it. */
export interface RequestMail {
  readonly house: House
  readonly list: OpenList
  readonly id: MailId
  readonly head: Head
  readonly original: OriginalMail
  /** Who asks: the one address of From:. Empty only for bounces. */
  readonly sender: string
  /** Empty for the null reverse-path; undefined when the bringer did not say. */
  readonly envelopeFrom: string | undefined
  readonly reading: Reading
  readonly argument: string
  /** Puts mails into the queue; they are sent when the request is done. */
  readonly replies: Replies
  /** What else shall be delivered when the request is done. */
  readonly outgoing: Outgoing[]
}

/**
 * Serves one request. It may be run again after a crash, with the same mail: what it does must come
 * out the same. The result says why nothing was done, as the end of a sentence.
 */
export type Request = (mail: RequestMail) => Promise<string | undefined>
