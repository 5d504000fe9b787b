/**
 * A byte string: one character for each byte (latin1). Headers, addresses, subscriber lines and
 * list texts are kept so, because mail may hold any byte and must leave as it came. Text for people
 * (argv, JSON, the terminal) is converted at the doors with these two functions.
 */
export function bytesFromText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The readable form of a byte string; bytes that are no UTF-8 become U+FFFD. */
export function textFromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Lower case for A-Z alone. `toLowerCase()` would damage the UTF-8 inside a byte string. */
export function asciiLower(bytes: string): string {
  return bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** ASCII case-insensitive equality, as mlmmj compares addresses (spec spool 2.3). */
export function sameBytes(one: string, other: string): boolean {
  return one.length === other.length && asciiLower(one) === asciiLower(other)
}

/**
 * Without blanks and line ends around it. `trim()` would also take the byte A0, with which many a
 * UTF-8 letter ends.
 */
export function bareBytes(bytes: string): string {
  return bytes.replace(/^[ \t\r\n]+/, '').replace(/(?<![ \t\r\n])[ \t\r\n]+$/, '')
}
