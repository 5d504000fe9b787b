/** How many columns characters take: `%wide%` and `%zero%` of a list text (spec listtexts 6). */
export interface Widths {
  wide: boolean
  /** Characters, as UTF-8 byte strings, that take no column. */
  zero: ReadonlySet<string>
}

/** Columns of a byte string: one for each ASCII byte, `widths` says what other characters take. */
export function columnsOf(text: string, widths: Widths): number {
  if (!/[\u0080-\u00ff]/.test(text)) return text.length
  let columns = 0
  for (let at = 0; at < text.length;) {
    const end = characterEnd(text, at)
    columns += columnsAt(text, at, end, widths)
    at = end
  }
  return columns
}

/** Columns of the one character, or the one stray byte, from `at` to `end`. */
export function columnsAt(text: string, at: number, end: number, widths: Widths): number {
  const byte = text.charCodeAt(at)
  if (byte < 0x80) return 1
  if (byte < 0xc0 || (widths.zero.size > 0 && widths.zero.has(text.slice(at, end)))) return 0
  return widths.wide ? 2 : 1
}

/** Where the character that begins at `at` ends. */
export function characterEnd(text: string, at: number): number {
  let end = at + 1
  if (text.charCodeAt(at) >= 0xc0) while ((text.charCodeAt(end) & 0xc0) === 0x80) end++
  return end
}

export function charactersOf(text: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (let at = 0; at < text.length;) {
    const end = characterEnd(text, at)
    found.add(text.slice(at, end))
    at = end
  }
  return found
}
