import { asciiLower } from '../base/bytes.ts'
import { loopField } from '../list/loop-mark.ts'
import type { Settings } from '../list/tunables.ts'
import { foldLine } from '../message/fold.ts'
import type { Head, HeaderField } from '../message/head.ts'
import { subjectOfPrefix, subjectWithPrefix } from './subject-prefix.ts'

/** The header block of the copy that subscribers get. */
export interface DecoratedHead {
  /** All its bytes, with the empty line that ends it. */
  readonly head: Buffer
  /** How the mail ends its lines: what is added to it does the same. */
  readonly lineEnd: '\n' | '\r\n'
}

/** These belong to the delivery to the list, not to the mail (spec mailflow 2.1, step 5). */
const neverKept = ['from ', 'return-path:']

/**
 * Adds the list's marks to the header of a post and takes out what the list does not want (spec
 * mailflow 2.1): custom headers, Subject prefix, Reply-To, deleted headers. Fields that nothing is
 * wanted of stay as they are, byte for byte. The body follows unchanged, then `footerFor`.
 *
 * @param mark the list's own line (loopMark), which goes behind everything else.
 */
export function decorate(head: Head, settings: Settings, mark?: string): DecoratedHead {
  const { prefix, customheaders = '' } = settings
  const { lineEnd } = head
  const custom = endedLines(customheaders, lineEnd)
  const firstMime = head.fields.find(isMime)
  const answerTo = settings.replyto ? head.fields.find(({ name }) => name === 'from') : undefined
  const parts = head.fields.flatMap((field) => {
    const kept = rewritten(field, { answerTo, lineEnd }, settings)
    return field === firstMime ? [custom, ...kept] : kept
  })
  if (!firstMime) parts.push(custom)
  if (prefix !== undefined && !head.fields.some(({ name }) => name === 'subject'))
    parts.push(ended(subjectOfPrefix(prefix, lineEnd), lineEnd))
  if (mark !== undefined) parts.push(ended(mark, lineEnd))
  parts.push(Buffer.from(lineEnd))
  return { head: Buffer.concat(parts), lineEnd }
}

/** Any name that begins so, as mlmmj does it: custom headers stand before the MIME ones. */
function isMime({ joined }: HeaderField): boolean {
  return asciiLower(joined.slice(0, 4)) === 'mime'
}

interface Wanted {
  /** The From: whose value becomes the Reply-To:, if one is wanted. */
  readonly answerTo: HeaderField | undefined
  readonly lineEnd: string
}

function rewritten(
  field: HeaderField,
  { answerTo, lineEnd }: Wanted,
  { prefix, delheaders }: Settings,
): Buffer[] {
  const behindName = field.joined.slice(field.name.length + 1)
  if (field.name === 'subject' && prefix !== undefined) {
    const line = subjectWithPrefix(behindName, prefix, lineEnd)
    if (line !== undefined) return [ended(line, lineEnd)]
  }
  // With two of them every reader's program would choose for itself; the list's owner has chosen.
  if (answerTo && field.name === 'reply-to') return []
  // Without the marks of other lists, a post could go round between them for ever.
  const unwanted = field.name === loopField ? [] : (delheaders ?? [])
  const kept = startsWithOne(field.joined, unwanted) ? [] : [whole(field, lineEnd)]
  if (field !== answerTo) return kept
  return [...kept, ended(foldLine(`Reply-To:${behindName}`, lineEnd), lineEnd)]
}

function startsWithOne(joined: string, entries: readonly string[]): boolean {
  return [...neverKept, ...entries].some(
    (entry) => asciiLower(joined.slice(0, entry.length)) === asciiLower(entry),
  )
}

/** The field as it came; a mail that breaks off in its header may owe a line end. */
function whole({ raw }: HeaderField, lineEnd: string): Buffer {
  return raw.at(-1) === 0x0a ? raw : Buffer.concat([raw, Buffer.from(lineEnd)])
}

function ended(line: string, lineEnd: string): Buffer {
  return Buffer.from(line + lineEnd, 'latin1')
}

/** Empty lines are left out: one of them would end the header. */
function endedLines(text: string, lineEnd: string): Buffer {
  const lines = text.split(/\r*\n/).filter((line) => line !== '')
  return Buffer.from(lines.map((line) => line + lineEnd).join(''), 'latin1')
}

/**
 * What goes behind the body: control/footer as it is written, in the mail's own line ends, on a line
 * of its own.
 *
 * @param lastByte the last byte of body or header; undefined when there is none.
 */
export function footerFor(
  lastByte: number | undefined,
  lineEnd: string,
  { footer = '' }: Pick<Settings, 'footer'>,
): Buffer {
  if (footer === '') return Buffer.alloc(0)
  const gap = lastByte === undefined || lastByte === 0x0a ? '' : lineEnd
  return Buffer.from(gap + footer.replace(/\r?\n/g, lineEnd), 'latin1')
}
