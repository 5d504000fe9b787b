/** Which of the 256 bytes are in a set: 1 for those that are. */
export type CharSet = Uint8Array

/** A-Z for a-z; any other byte as it is. */
export function foldByte(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte
}

/**
 * The set of those bytes whose folded form passes the test. glibc folds subject and expression to
 * upper case and compares then; asking the folded byte gives the same and leaves the subject alone.
 */
export function charSet(test: (folded: number) => boolean): CharSet {
  return Uint8Array.from({ length: 256 }, (_, byte) => (test(foldByte(byte)) ? 1 : 0))
}

/** The POSIX classes of the C locale, over folded bytes: upper and lower both mean any letter. */
const classes: Readonly<Record<string, (folded: number) => boolean>> = {
  alpha: isLetter,
  upper: isLetter,
  lower: isLetter,
  digit: isDigit,
  alnum: (byte) => isLetter(byte) || isDigit(byte),
  xdigit: (byte) => isDigit(byte) || (byte >= 0x41 && byte <= 0x46),
  blank: (byte) => byte === 0x20 || byte === 0x09,
  space: isSpace,
  cntrl: (byte) => byte < 0x20 || byte === 0x7f,
  graph: (byte) => byte > 0x20 && byte < 0x7f,
  print: (byte) => byte >= 0x20 && byte < 0x7f,
  punct: (byte) => byte > 0x20 && byte < 0x7f && !isLetter(byte) && !isDigit(byte),
}

/** What `[:name:]` stands for; undefined when there is no such class. */
export function namedClass(name: string): ((folded: number) => boolean) | undefined {
  return Object.hasOwn(classes, name) ? classes[name] : undefined
}

/** A word is made of letters, digits and `_`; bytes from 0x80 on belong to none. */
export function isWordByte(folded: number): boolean {
  return isLetter(folded) || isDigit(folded) || folded === 0x5f
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}

function isLetter(folded: number): boolean {
  return folded >= 0x41 && folded <= 0x5a
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
