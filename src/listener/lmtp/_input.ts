/** Commands as long as RFC 5321 4.5.3.1.4 asks for, eight times over (bytes, with the line end). */
const longestLine = 4_096
/** A mail that drips in is gathered to pieces of so many bytes. */
const smallest = 4_096

const nothing = Buffer.alloc(0)
const lineAndDot = Buffer.from('\r\n.')
const [lf, cr, dot] = [0x0a, 0x0d, 0x2e]

/** Stands for a line of more than 4,096 bytes. */
export const tooLong = Symbol('a line that is too long')

/** Some bytes of a mail, and whether they are the last ones. */
export interface Piece {
  readonly bytes: Buffer
  readonly isLast: boolean
}

/** What a client has sent and nobody has read yet, to be read as commands or as a mail. */
export class Input {
  #held: Buffer = nothing
  #isSkipping = false
  #atLineStart = true

  /** How many bytes wait. */
  get length(): number {
    return this.#held.length
  }

  add(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
  }

  /**
   * The next command as a byte string, without its line end: CRLF, or LF alone for people who type.
   *
   * @returns undefined until it is complete
   */
  line(): string | typeof tooLong | undefined {
    for (;;) {
      const end = this.#held.indexOf(lf)
      if (end < 0 && this.#held.length < longestLine) return undefined
      const isLong = end < 0 || end >= longestLine
      const line = isLong ? tooLong : this.#held.toString('latin1', 0, end)
      this.#held = end < 0 ? nothing : this.#held.subarray(end + 1)
      const wasSkipped = this.#isSkipping
      this.#isSkipping = end < 0
      // It was told when its beginning was thrown away.
      if (wasSkipped) continue
      return line !== tooLong && line.endsWith('\r') ? line.slice(0, -1) : line
    }
  }

  /** What comes now is a mail. */
  beginMail(): void {
    this.#atLineStart = true
  }

  /**
   * What has come of a mail, without the dots that its lines were given for the way (RFC 5321 4.5.2).
   * Only CRLF.CRLF ends it: whoever takes another end for one lets mails be smuggled in.
   *
   * @returns undefined when more must come first
   */
  mail(): Piece | undefined {
    const held = this.#held
    const parts: Buffer[] = []
    let isAtStart = this.#atLineStart
    /** Where what is not in `parts` yet begins, and up to where it is known what the bytes mean. */
    let [from, known] = [0, 0]
    for (;;) {
      if (isAtStart && known < held.length) {
        const meaning = held[known] === dot ? meaningOfDot(held, known) : 'text'
        if (meaning === 'unknown') break
        if (meaning === 'end') {
          const bytes = joined(parts, held.subarray(from, known))
          this.#held = held.subarray(known + 3)
          return { bytes, isLast: true }
        }
        if (meaning === 'stuffed') {
          parts.push(held.subarray(from, known))
          from = known += 1
        }
      }
      const next = held.indexOf(lineAndDot, known)
      isAtStart = next >= 0 || endsLine(held, known)
      known = next < 0 ? held.length - (!isAtStart && held.at(-1) === cr ? 1 : 0) : next + 2
      if (next < 0) break
    }
    if (known < smallest) return undefined
    this.#held = held.subarray(known)
    this.#atLineStart = isAtStart
    return { bytes: joined(parts, held.subarray(from, known)), isLast: false }
  }
}

/** What a dot at the beginning of a line means. */
function meaningOfDot(held: Buffer, at: number): 'end' | 'stuffed' | 'unknown' {
  const [one, two] = [held[at + 1], held[at + 2]]
  if (one === undefined || (one === cr && two === undefined)) return 'unknown'
  return one === cr && two === lf ? 'end' : 'stuffed'
}

function endsLine(held: Buffer, from: number): boolean {
  return held.length - from >= 2 && held.at(-2) === cr && held.at(-1) === lf
}

function joined(parts: readonly Buffer[], last: Buffer): Buffer {
  return parts.length === 0 ? last : Buffer.concat([...parts, last])
}
