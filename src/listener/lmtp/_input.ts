/** Eight times what RFC 5321 4.5.3.1.4 asks for (bytes, with the line end). */
const longestLine = 4_096
/** A mail that drips in is gathered to pieces of so many bytes. */
const smallest = 4_096

const nothing = Buffer.alloc(0)
const lineAndDot = Buffer.from('\r\n.')
const [lf, cr, dot] = [0x0a, 0x0d, 0x2e]

/** Stands for a line of more than 4,096 bytes; what comes behind its beginning is no command. */
export const tooLong = Symbol('a line that is too long')

/** Some bytes of a mail, and whether they are the last ones. */
export interface Piece {
  readonly bytes: Buffer
  readonly isLast: boolean
}

/** What a client has sent and nobody has read yet, to be read as commands or as a mail. */
export class Input {
  #held: Buffer = nothing
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
    const end = this.#held.indexOf(lf)
    if (end >= longestLine || (end < 0 && this.#held.length >= longestLine)) return tooLong
    if (end < 0) return undefined
    const line = this.#held.toString('latin1', 0, end)
    this.#held = this.#held.subarray(end + 1)
    return line.endsWith('\r') ? line.slice(0, -1) : line
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
    const unstuffed = new Unstuffed(held)
    let isAtStart = this.#atLineStart
    /** Up to where it is known what the bytes mean. */
    let known = 0
    for (;;) {
      if (isAtStart && known < held.length) {
        const meaning = held[known] === dot ? meaningOfDot(held, known) : 'text'
        if (meaning === 'unknown') break
        if (meaning === 'end') {
          const bytes = unstuffed.upTo(known)
          this.#held = held.subarray(known + 3)
          return { bytes, isLast: true }
        }
        if (meaning === 'stuffed') {
          unstuffed.leaveOut(known)
          known += 1
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
    return { bytes: unstuffed.upTo(known), isLast: false }
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

/** Bytes without some of them; they are copied only when there is one to leave out. */
class Unstuffed {
  readonly #held: Buffer
  #copy: Buffer | undefined
  #filled = 0
  #from = 0

  constructor(held: Buffer) {
    this.#held = held
  }

  leaveOut(at: number): void {
    this.#copy ??= Buffer.allocUnsafe(this.#held.length)
    this.#filled += this.#held.copy(this.#copy, this.#filled, this.#from, at)
    this.#from = at + 1
  }

  upTo(end: number): Buffer {
    if (this.#copy === undefined) return this.#held.subarray(0, end)
    this.#filled += this.#held.copy(this.#copy, this.#filled, this.#from, end)
    return this.#copy.subarray(0, this.#filled)
  }
}
