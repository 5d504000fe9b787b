/** Bytes of a UTF-8 character after its lead byte; none for bytes that lead no character. */
function followers(lead: number): number {
  if (lead < 0xc2 || lead === 0xf8 || lead === 0xfc || lead > 0xfd) return 0
  // Longer characters than UTF-8 has today are passed on, as mlmmj does.
  return [0xe0, 0xf0, 0xf8, 0xfc].filter((longer) => lead >= longer).length + 1
}

/**
 * One line of a list text with its `\uXXXX` turned into UTF-8 and its invalid UTF-8 into `?`, as
 * mlmmj reads it (spec listtexts 5.2): `\u` counts only behind an even number of backslashes and
 * not directly behind a character that is not ASCII; U+0000 ends the line. Repaired: characters that
 * begin with the bytes E0 and F0 are kept.
 */
export function decodeLine(line: string): string {
  if (!/[\\\u0080-\u00ff]/.test(line)) return line
  const parts: string[] = []
  let odd = false
  for (let at = 0; at < line.length;) {
    const plain = /[^\\\u0080-\u00ff]*/y
    plain.lastIndex = at
    const [run] = plain.exec(line) ?? ['']
    parts.push(run)
    at += run.length
    if (at >= line.length) break
    if (line[at] !== '\\') {
      const decoded = decodeRun(line, at)
      parts.push(decoded.text)
      at = decoded.end
    } else if (odd || line[at + 1] !== 'u') {
      parts.push('\\')
      odd = !odd
      at += 1
    } else {
      const digits = line.slice(at + 2, at + 6)
      const valid = /^[0-9A-Fa-f]{4}$/.test(digits)
      if (digits === '0000') break
      parts.push(valid ? utf8Of(parseInt(digits, 16)) : '?')
      at += valid ? 6 : 2
    }
  }
  return parts.join('')
}

/** The bytes above 127 from `at` on, and the one ASCII byte behind them, which is not looked at. */
function decodeRun(line: string, start: number): { text: string; end: number } {
  const parts: string[] = []
  let at = start
  while (at < line.length && line.charCodeAt(at) > 0x7f) {
    const length = followers(line.charCodeAt(at))
    const whole = line.slice(at, at + 1 + length)
    let valid = 0
    while (valid < length && (whole.charCodeAt(valid + 1) & 0xc0) === 0x80) valid++
    const short = /^(\u00e0[\u0080-\u009f]|\u00f0[\u0080-\u008f])/.test(whole)
    const strange = /^[\u00e0\u00f0]/.test(whole) && (valid < length || short)
    if (length === 0 || strange) {
      parts.push('?')
      at += 1
    } else if (valid === length) {
      parts.push(whole)
      at += 1 + length
    } else {
      // A character that is cut short takes the byte that cut it with it.
      parts.push('?')
      at += valid + 2
      if (line.charCodeAt(at - 1) <= 0x7f) return { text: parts.join(''), end: at }
    }
  }
  return { text: parts.join('') + line.slice(at, at + 1), end: Math.min(at + 1, line.length) }
}

/** As bytes; halves of surrogate pairs are not joined, so they become what UTF-8 forbids. */
function utf8Of(code: number): string {
  if (code < 0x80) return String.fromCharCode(code)
  const last = 0x80 | (code & 0x3f)
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), last)
  return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), last)
}
