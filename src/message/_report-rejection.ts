import { valueOf } from './mail-facts.ts'
import { addressesIn } from './addresses.ts'
import { isPolicyRefusal, statusIn } from './_report-codes.ts'
import { contentOf, readEntity, type Entity } from './mime-parts.ts'
import type { FailedRecipient } from './report.ts'

/**
 * Who refused a mail by a receipt that says it was deleted without being seen: how mail stores such
 * as Dovecot tell of a full mailbox or of a Sieve `reject` (RFC 5429 2.1.2). A receipt that a person
 * caused is none, nor is one that a mail was read.
 */
export function readRejection(part: Entity, words: Entity | undefined): FailedRecipient[] {
  const { head } = readEntity(Buffer.from(contentOf(part, 65_536), 'latin1'))
  const disposition = (valueOf(head, 'disposition') ?? '').replace(/\s/g, '')
  if (!/^automatic-action\/[^;]*;(deleted|failed|denied)/i.test(disposition)) return []
  const addresses = ['final-recipient', 'original-recipient']
    .map((name) => valueOf(head, name) ?? '')
    .flatMap((field) => addressesIn(field.slice(field.indexOf(';') + 1)).slice(0, 1))
    .filter((address) => address.includes('@'))
  if (addresses.length === 0) return []
  const said = words === undefined ? '' : contentOf(words, 1_024).trim().replace(/\s+/g, ' ')
  const status = statusIn(valueOf(head, 'status')) ?? statusIn(said)
  const diagnostic = said === '' ? undefined : said.slice(0, 400)
  const policy = isPolicyRefusal(status, diagnostic)
  return [{ addresses: [...new Set(addresses)], status, diagnostic, policy }]
}
