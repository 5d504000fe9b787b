import { asciiLower } from '../base/bytes.ts'
import { isBlank } from './_blanks.ts'
import { readHead, type Head } from './head.ts'
import { valueOf } from './mail-facts.ts'

const [tab, lf, cr, space, hyphen] = [0x09, 0x0a, 0x0d, 0x20, 0x2d]

/** RFC 2046 5.1.1 allows 70 characters. */
const longestBoundary = 200
/** Nobody writes a longer one; what is behind it counts as body. */
const mostHeadBytes = 262_144

/** The value of a Content-Type: field. Names are in ASCII lower case, values as they came. */
export interface ContentType {
  /** Such as `text/plain`. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** A mail, or one part of it. Its bytes are those of the mail, not a copy. */
export interface Entity {
  readonly head: Head
  readonly type: ContentType
  readonly body: Buffer
}

/** Reads a mail or a part. Without Content-Type: it is text/plain (RFC 2045 5.2). */
export function readEntity(bytes: Buffer, mostHead = mostHeadBytes): Entity {
  const head = readHead(bytes.subarray(0, mostHead))
  const type = readContentType(valueOf(head, 'content-type') ?? 'text/plain')
  return { head, type, body: bytes.subarray(head.bodyStart) }
}

/**
 * Reads a Content-Type: value (RFC 2045 5.1): parameters in any order, quoted or not, with comments
 * and blanks anywhere; of two with one name the first counts. What is malformed is passed over.
 */
export function readContentType(value: string): ContentType {
  const [type = '', ...rest] = piecesOf(value)
  const parameters = new Map<string, string>()
  for (const piece of rest) {
    const sign = piece.indexOf('=')
    const name = asciiLower(piece.slice(0, Math.max(0, sign)))
    if (name !== '' && !parameters.has(name)) parameters.set(name, piece.slice(sign + 1))
  }
  return { type: asciiLower(type), parameters }
}

/** What stands between semicolons, without comments and quotes, and without blanks outside those. */
function piecesOf(value: string): string[] {
  const pieces: string[] = []
  let piece = ''
  for (let at = 0; at < value.length; at++) {
    const char = value[at]
    if (char === '(') at = commentEnd(value, at)
    else if (char === '"') {
      const end = quoteEnd(value, at)
      piece += value.slice(at + 1, end).replace(/\\(.)/gs, '$1')
      at = end
    } else if (char === ';') {
      pieces.push(piece)
      piece = ''
    } else if (!isBlank(char)) piece += char
  }
  return [...pieces, piece]
}

function commentEnd(value: string, start: number): number {
  let depth = 0
  for (let at = start; at < value.length; at++) {
    if (value[at] === '\\') at++
    else if (value[at] === '(') depth++
    else if (value[at] === ')' && --depth === 0) return at
  }
  return value.length
}

function quoteEnd(value: string, start: number): number {
  for (let at = start + 1; at < value.length; at++) {
    if (value[at] === '\\') at++
    else if (value[at] === '"') return at
  }
  return value.length
}

/**
 * The parts of a multipart entity, in their order; none for any other (RFC 2046 5.1.1). A boundary
 * counts at the beginning of a line, with blanks behind it. A missing last one is forgiven, because
 * reports are often cut off. One pass over the body, however it is made.
 *
 * @param mostHead bytes of a part that may be its header
 */
export function* partsOf({ type, body }: Entity, mostHead = mostHeadBytes): Generator<Entity> {
  const boundary = type.parameters.get('boundary') ?? ''
  if (!type.type.startsWith('multipart/')) return
  if (boundary === '' || boundary.length > longestBoundary) return
  for (const bytes of sections(body, Buffer.from(`--${boundary}`, 'latin1')))
    yield readEntity(bytes, mostHead)
}

function* sections(body: Buffer, mark: Buffer): Generator<Buffer> {
  const behindLine = Buffer.concat([Buffer.of(lf), mark])
  let start: number | undefined
  let at = body.subarray(0, mark.length).equals(mark) ? 0 : nextLineWith(body, behindLine, 0)
  for (; at !== undefined; at = nextLineWith(body, behindLine, at)) {
    const line = boundaryLine(body, at + mark.length)
    if (line === undefined) continue
    if (start !== undefined) yield body.subarray(start, Math.max(start, beforeLineEnd(body, at)))
    if (line.isLast) return
    start = line.end
  }
  if (start !== undefined) yield body.subarray(start)
}

function nextLineWith(body: Buffer, behindLine: Buffer, from: number): number | undefined {
  const found = body.indexOf(behindLine, from)
  return found < 0 ? undefined : found + 1
}

/** What follows the boundary on its line: undefined when the line is an ordinary one. */
function boundaryLine(body: Buffer, at: number): { isLast: boolean; end: number } | undefined {
  const isLast = body[at] === hyphen && body[at + 1] === hyphen
  let end = isLast ? at + 2 : at
  while (body[end] === space || body[end] === tab || body[end] === cr) end++
  if (end < body.length && body[end] !== lf) return undefined
  return { isLast, end: Math.min(end + 1, body.length) }
}

/** The line end before a boundary belongs to it. */
function beforeLineEnd(body: Buffer, at: number): number {
  return body[at - 2] === cr ? at - 2 : at - 1
}

/** The beginning of an entity's body as a byte string, its transfer encoding undone (RFC 2045 6). */
export function contentOf({ head, body }: Entity, mostBytes: number): string {
  const content = body.toString('latin1', 0, mostBytes)
  switch (asciiLower(valueOf(head, 'content-transfer-encoding') ?? '')) {
    case 'base64':
      return Buffer.from(content, 'base64').toString('latin1')
    case 'quoted-printable':
      return content
        .replace(/=\r?\n/g, '')
        .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    default:
      return content
  }
}
