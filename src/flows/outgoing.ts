import type { MailId } from '../spool/mail-id.ts'
import type { DigestName } from '../spool/requeue.ts'

/** Something that is on disk and waits to be delivered. */
export type Outgoing =
  | { readonly kind: 'post'; readonly number: number | DigestName }
  | { readonly kind: 'reply'; readonly id: MailId }
