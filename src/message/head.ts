import { asciiLower } from '../base/bytes.ts'
import { trimBlanks } from './_blanks.ts'

const [tab, lf, cr, space] = [0x09, 0x0a, 0x0d, 0x20]

/** One header field with its continuation lines; or a line without a colon, which travels too. */
export interface HeaderField {
  /** Its bytes as they came, line ends and all. Only the last one of a mail may lack its line end. */
  readonly raw: Buffer
  /** One byte string: line ends gone, the blanks of continuation lines kept, nothing put in. */
  readonly joined: string
  /** What stands before the first colon, in ASCII lower case; empty without a colon. */
  readonly name: string
  /** What stands behind the colon without blanks around it; all of it without a colon. */
  value(): string
}

/** The header block of a mail. What is not in a field or the separator is body. */
export interface Head {
  readonly fields: readonly HeaderField[]
  /** The line that ends the block; empty when the mail ends before one. */
  readonly separator: Buffer
  /** Where the body begins. */
  readonly bodyStart: number
  /** How the mail ends its lines, for lines that are added to it. */
  readonly lineEnd: '\n' | '\r\n'
}

/**
 * Looks for the end of the header block in as much of a mail as is there.
 *
 * @param searched how many bytes an earlier call has seen in vain.
 * @returns where the body begins; undefined when more bytes are needed (or the mail is all header).
 */
export function findHeadEnd(bytes: Buffer, searched = 0): number | undefined {
  for (let end = bytes.indexOf(lf, searched); end >= 0; end = bytes.indexOf(lf, end + 1))
    if (lineStartsAt(bytes, beforeReturns(bytes, end))) return end + 1
  return undefined
}

/**
 * Splits a header block into fields, every byte accounted for (spec mailflow 0.3): the block ends at
 * the first line of nothing but line end, a line that begins with a blank continues the one before,
 * CR and NUL inside a line are bytes like others.
 *
 * @param bytes a mail, or at least its header block.
 */
export function readHead(bytes: Buffer): Head {
  const bodyStart = findHeadEnd(bytes) ?? bytes.length
  const fieldsEnd = separatorStart(bytes, bodyStart)
  const fields: HeaderField[] = []
  for (let start = 0; start < fieldsEnd;) {
    let end = nextLine(bytes, start, fieldsEnd)
    while (end < fieldsEnd && (bytes[end] === space || bytes[end] === tab))
      end = nextLine(bytes, end, fieldsEnd)
    fields.push(new Field(bytes.subarray(start, end)))
    start = end
  }
  const separator = bytes.subarray(fieldsEnd, bodyStart)
  const lastLine = separator.length > 0 ? separator : (fields[0]?.raw ?? separator)
  return { fields, separator, bodyStart, lineEnd: lineEndOf(lastLine) }
}

class Field implements HeaderField {
  readonly raw: Buffer
  readonly joined: string
  readonly name: string

  constructor(raw: Buffer) {
    this.raw = raw
    this.joined = joinLines(raw)
    this.name = asciiLower(this.joined.slice(0, Math.max(0, this.joined.indexOf(':'))))
  }

  value(): string {
    return trimBlanks(this.joined.slice(this.joined.indexOf(':') + 1))
  }
}

function joinLines(raw: Buffer): string {
  let text = ''
  for (let start = 0; start < raw.length;) {
    const next = nextLine(raw, start, raw.length)
    const end = beforeReturns(raw, raw[next - 1] === lf ? next - 1 : next)
    text += raw.toString('latin1', start, end)
    start = next
  }
  return text
}

function nextLine(bytes: Buffer, start: number, most: number): number {
  const end = bytes.indexOf(lf, start)
  return end < 0 || end >= most ? most : end + 1
}

/** A separator without LF, a lone CR at the end of a mail, is one as well. */
function separatorStart(bytes: Buffer, bodyStart: number): number {
  const end = bytes[bodyStart - 1] === lf ? bodyStart - 1 : bodyStart
  const start = beforeReturns(bytes, end)
  return lineStartsAt(bytes, start) ? start : bodyStart
}

function beforeReturns(bytes: Buffer, end: number): number {
  let start = end
  while (bytes[start - 1] === cr) start--
  return start
}

function lineStartsAt(bytes: Buffer, at: number): boolean {
  return at === 0 || bytes[at - 1] === lf
}

function lineEndOf(line: Buffer): '\n' | '\r\n' {
  const end = line.indexOf(lf)
  return end > 0 && line[end - 1] === cr ? '\r\n' : '\n'
}
