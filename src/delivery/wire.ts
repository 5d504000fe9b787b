import { isAscii } from 'node:buffer'
import type { WireMessage } from './transport.ts'

const cr = 13
const lf = 10
const dot = 46
const blank = 32

/**
 * A stored mail made ready for SMTP, once for all its recipients (spec mailflow 6.4, RFC 5321 2.3.8
 * and 4.5.2). Every LF ends a line, whatever stands before it: LF, CR LF and CR CR LF all leave as
 * CR LF. A CR anywhere else is the poster's and stays, except before a dot, where a careless next
 * server would see the end of the mail and take what follows for commands: there it becomes a blank.
 * A line that begins with a dot gets a second one, the first line too. The last line gets an end if it
 * has none; nothing else is added or taken. The mail may be used again; its bytes are copied.
 */
export function wireMessage(mail: Buffer): WireMessage {
  const maker = new WireMaker()
  maker.add(mail)
  return maker.finish()
}

/** As `wireMessage`, from a mail that comes in pieces; only its wire form is held in memory. */
export async function wireMessageOf(mail: AsyncIterable<Buffer>): Promise<WireMessage> {
  const maker = new WireMaker()
  for await (const piece of mail) maker.add(piece)
  return maker.finish()
}

class WireMaker {
  readonly #pieces: Buffer[] = []
  #headPieces = -1
  #length = 0
  #eightBit = false
  /** CRs whose meaning the next byte tells. */
  #returns = 0
  #atLineStart = true

  add(mail: Buffer): void {
    const room = Buffer.allocUnsafeSlow(roomFor(mail, this.#returns))
    let at = 0
    let begun = 0
    for (const byte of mail) {
      if (byte === cr) {
        this.#returns++
        continue
      }
      if (byte === lf) {
        if (this.#headPieces < 0 && this.#atLineStart) {
          this.#keep(room.subarray(begun, at))
          begun = at
          this.#headPieces = this.#pieces.length
        }
        room[at++] = cr
        room[at++] = lf
        this.#returns = 0
        this.#atLineStart = true
        continue
      }
      if (this.#returns > 0) {
        room.fill(byte === dot ? blank : cr, at, at + this.#returns)
        at += this.#returns
        this.#returns = 0
        this.#atLineStart = false
      }
      if (byte === dot && this.#atLineStart) room[at++] = dot
      room[at++] = byte
      this.#atLineStart = false
    }
    this.#keep(room.subarray(begun, at))
  }

  finish(): WireMessage {
    const isEmpty = this.#length === 0
    if (isEmpty && this.#headPieces < 0) this.#headPieces = 0
    if (!this.#atLineStart || isEmpty) this.#keep(Buffer.from('\r\n'))
    if (this.#headPieces < 0) this.#headPieces = this.#pieces.length
    return {
      pieces: this.#pieces,
      headPieces: this.#headPieces,
      length: this.#length,
      eightBit: this.#eightBit,
    }
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#length += piece.length
    this.#eightBit ||= !isAscii(piece)
  }
}

/** Never too little; counted first, so that a large mail is in memory once and not twice. */
function roomFor(mail: Buffer, returns: number): number {
  let room = mail.length + returns
  let before = lf
  for (const byte of mail) {
    if (byte === lf && before !== cr) room++
    else if (byte === dot && before === lf) room++
    before = byte
  }
  return room + 1
}
