/** The blanks of RFC 5322. JavaScript's own `trim` and `\s` also take bytes out of UTF-8 (A0, 85). */
export function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n'
}

/** A loop, because `/[ \t]+$/` takes quadratic time on a long run of blanks. */
export function trimBlanks(bytes: string): string {
  let [start, end] = [0, bytes.length]
  while (start < end && isBlank(bytes[start])) start++
  while (end > start && isBlank(bytes[end - 1])) end--
  return bytes.slice(start, end)
}
