import type { TextOrder } from './render-mail.ts'
import { materialOf } from './render-mail.ts'
import { bodyOf, bufferOf } from './render-text.ts'
import { subjectField } from './subject-field.ts'
import { TextLines } from './text-lines.ts'

export interface DigestText {
  /** The whole Subject: field, without its line end. */
  readonly subject: string
  /** What the text part of the digest says; line ends are LF. */
  readonly body: Buffer
  readonly warnings: readonly string[]
}

/**
 * The text part of a digest (spec listtexts 14). Expects the values `digestfirst`, `digestlast`,
 * `digestinterval`, `digestissue` and the list `digestthreads`; no `template` stands for a list
 * without such a text. Repaired: `Subject: ` is not written twice.
 *
 * @throws Fault badSettings when the text takes more work than any list needs.
 */
export function renderDigestText(template: string | undefined, order: TextOrder): DigestText {
  const { digestissue = '', digestinterval = '' } = order.values
  const usual = `Digest of ${order.identity.primary} issue ${digestissue} (${digestinterval})`
  const lines = new TextLines(template ?? '', materialOf(order))
  return readDigestText(lines, usual)
}

/** The subject and the body of a digest text; `usual` is the subject of a text that has none. */
export function readDigestText(lines: TextLines, usual: string): DigestText {
  const [, subject] = /^subject:([^]*)$/i.exec(lines.next() ?? '') ?? []
  if (subject === undefined) lines.warnings.push('a digest text does not begin with Subject:')
  else if (lines.next()) lines.warnings.push('a digest text has more than one header line')
  const body = bufferOf(bodyOf(lines))
  return { subject: subjectField(subject ?? usual), body, warnings: lines.warnings }
}
