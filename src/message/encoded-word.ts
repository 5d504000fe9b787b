import { bytesFromText } from '../base/bytes.ts'
import { decoderOf, guessedText, type Decode } from './_charset.ts'

/** What an encoded word holds (RFC 2047 2). */
interface Word {
  readonly decode: Decode
  readonly bytes: Buffer
}

/** Part of a value: an encoded word, or text. */
type Piece = Word | string

/** Nobody reads on behind this many bytes; thousands of unknown charsets would cost seconds. */
const longest = 65_536

/**
 * A header value for the eyes of a reader, as UTF-8 in a byte string (spec mailflow 0.5). A word is
 * decoded if it is all encoded word; what cannot be decoded shows as `???`; a raw byte above 127, a
 * character that is none and a control character show as `?`. At most 64 KiB are shown.
 */
export function decodeText(value: string): string {
  const pieces = (value.slice(0, longest).match(/[ \t\r\n]+|[^ \t\r\n]+/g) ?? []).map(shownPiece)
  return bytesFromText(textOf(pieces).replace(/[\0-\x08\x0a-\x1f\x7f\ufffd]/g, '?'))
}

function shownPiece(word: string): Piece {
  if (!word.startsWith('=?')) return word.replace(/[\r\n]/g, ' ').replace(/[\x80-\xff]/g, '?')
  const [, charset = '', encoding = '', content = ''] =
    /^=\?([^?*]*)\?([bq])\?([^?]*)\?=$/i.exec(word) ?? []
  const decode = decoderOf(charset)
  return decode ? { decode, bytes: readContent(encoding, content) } : '???'
}

/**
 * A header value as readers' programs show it, as text: encoded words are decoded wherever they
 * stand, also when they hold blanks, touch other text, name a language (RFC 2231 5) or a charset that
 * nobody knows. For looking whether something is in its first 64 KiB.
 */
export function decodeLoosely(whole: string): string {
  const value = whole.slice(0, longest)
  const pieces: Piece[] = []
  let end = 0
  for (const match of value.matchAll(/=\?([^?\s]+)\?([bq])\?([^?]*)\?=/gi)) {
    const [written, charset = '', encoding = '', content = ''] = match
    const decode = decoderOf(charset.replace(/\*.*/, '')) ?? decodeGuessing
    const word = { decode, bytes: readContent(encoding, content) }
    pieces.push(guessedText(value.slice(end, match.index)), word)
    end = match.index + written.length
  }
  return textOf([...pieces, guessedText(value.slice(end))])
}

function decodeGuessing(bytes: Buffer): string {
  return guessedText(bytes.toString('latin1'))
}

function readContent(encoding: string, content: string): Buffer {
  const isBase64 = encoding === 'b' || encoding === 'B'
  return isBase64 ? Buffer.from(content, 'base64') : unquote(content)
}

/** The Q encoding (RFC 2047 4.2). */
function unquote(content: string): Buffer {
  const bytes = content
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1')
}

/**
 * Puts the pieces together. Blanks between two encoded words vanish (RFC 2047 6.2); words of one
 * charset are decoded as one, because programs cut characters in two though they must not.
 */
function textOf(pieces: readonly Piece[]): string {
  const parts = pieces.filter((piece) => piece !== '')
  const text: string[] = []
  let run: Word[] = []
  const finish = () => {
    const decode = run[0]?.decode
    if (decode) text.push(decode(Buffer.concat(run.map((word) => word.bytes))))
    run = []
  }
  parts.forEach((piece, place) => {
    if (typeof piece === 'string') {
      const between = typeof parts[place - 1] === 'object' && typeof parts[place + 1] === 'object'
      if (between && /^[ \t\r\n]*$/.test(piece)) return
      finish()
      text.push(piece)
    } else {
      if (run[0] && run[0].decode !== piece.decode) finish()
      run.push(piece)
    }
  })
  finish()
  return text.join('')
}

/** RFC 2047 2: no word longer than 75, no line that holds one longer than 76. */
const longestWord = 75
const [opening, closing] = ['=?utf-8?q?', '?=']

/**
 * Encoded words in UTF-8 and the Q encoding that together hold a text (RFC 2047 4.2, 5 and 8).
 * Readers show them without what separates them. No character is cut in two.
 *
 * @param text UTF-8 in a byte string; anything else is taken for iso-8859-1.
 * @param room how long the first word may be, when something stands before it in its line.
 */
export function encodeWords(text: string, room = longestWord): string[] {
  const words: string[] = []
  let content = ''
  let most = Math.min(room, longestWord)
  for (const character of guessedText(text)) {
    const quoted = quote(character)
    if (content !== '' && opening.length + content.length + quoted.length + closing.length > most) {
      words.push(opening + content + closing)
      content = ''
      most = longestWord
    }
    content += quoted
  }
  return content === '' ? words : [...words, opening + content + closing]
}

function quote(character: string): string {
  if (character === ' ') return '_'
  if (/^[A-Za-z0-9.,:;-]$/.test(character)) return character
  return bytesFromText(character).replace(
    /[^]/g,
    (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
