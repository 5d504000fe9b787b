import { bytesFromText, textFromBytes } from '../base/bytes.ts'

export type Decode = (bytes: Buffer) => string

const latin1: Decode = (bytes) => bytes.toString('latin1')

/** What windows-1252 has at 80 to 9F, where iso-8859-1 has control characters. */
const windows = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const windows1252: Decode = (bytes) =>
  latin1(bytes).replace(/[\x80-\x9f]/g, (char) => windows[char.charCodeAt(0) - 0x80] ?? char)

/**
 * TextDecoder takes the first two for windows-1252 (Encoding Standard), and Node 20 windows-1252 for
 * iso-8859-1; a mail means what it says.
 */
const plain: Readonly<Record<string, Decode>> = {
  'us-ascii': (bytes) => latin1(bytes).replace(/[\x80-\xff]/g, '\ufffd'),
  'iso-8859-1': latin1,
  'windows-1252': windows1252,
  cp1252: windows1252,
}

/** Not larger than the Encoding Standard's list of names: unknown ones are not kept. */
const known = new Map<string, Decode>(Object.entries(plain))

/** How bytes in a charset become text; undefined for one nobody here knows. */
export function decoderOf(charset: string): Decode | undefined {
  const name = charset.toLowerCase()
  const decode = known.get(name) ?? newDecoder(name)
  if (decode) known.set(name, decode)
  return decode
}

function newDecoder(name: string): Decode | undefined {
  try {
    const decoder = new TextDecoder(name, { ignoreBOM: true })
    return (bytes) => decoder.decode(bytes)
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined
    throw thrown
  }
}

/** Text out of bytes of which nobody said what they are: UTF-8 if they can be, else iso-8859-1. */
export function guessedText(bytes: string): string {
  const text = textFromBytes(bytes)
  return bytesFromText(text) === bytes ? text : bytes
}
