import { foldByte, isWordByte, type CharSet } from './_ere-charset.ts'
import { placeOf, type EreTree, type Place } from './_ere-tree.ts'

/** RE2 refuses a repetition, or repetitions in each other, of more than this. */
const mostCopies = 1000

const word = '[0-9A-Z_a-z]'

/** RE2 has no \< and \>; a word edge with no word before it is a start, any other one an end. */
const places: Readonly<Record<Place, string>> = {
  start: '\\A',
  end: '\\z',
  wordStart: `\\b(?<!${word})`,
  wordEnd: `\\b(?<=${word})`,
  wordEdge: '\\b',
  noWordEdge: '\\B',
}

interface Re2Part {
  readonly text: string
  /** The largest product of nested repetition counts in it. */
  readonly copies: number
}

/**
 * The same expression in RE2's syntax, for re2js with lookbehinds and no other flags: folding is
 * in the sets. The tree must not refer to groups.
 */
export function re2Text(tree: EreTree): string {
  return part(tree).text
}

function part(tree: EreTree): Re2Part {
  switch (tree.kind) {
    case 'empty':
    case 'again':
      return { text: '(?:)', copies: 1 }
    case 'set':
      return { text: setText(tree.set), copies: 1 }
    case 'place':
      return { text: places[tree.place], copies: 1 }
    case 'group':
      return part(tree.inner)
    case 'all':
    case 'any': {
      const parts = (tree.kind === 'all' ? withPlainEdges(tree.parts) : tree.parts).map(part)
      const text = parts.map((one) => one.text).join(tree.kind === 'any' ? '|' : '')
      return { text: `(?:${text})`, copies: Math.max(...parts.map((one) => one.copies)) }
    }
    case 'repeat':
      return repeatText(part(tree.inner), tree.least, tree.most)
  }
}

/**
 * Where a letter of a word follows \<, or stands before \>, a word edge says the same, and re2js is
 * some thirty times as fast without a look behind.
 */
function withPlainEdges(parts: readonly EreTree[]): readonly EreTree[] {
  return parts.map((one, at) => {
    if (one.kind !== 'place') return one
    const [before, after] = [parts[at - 1], parts[at + 1]]
    const isPlain =
      (one.place === 'wordStart' && isWord(after, 'first')) ||
      (one.place === 'wordEnd' && isWord(before, 'last'))
    return isPlain ? placeOf('wordEdge') : one
  })
}

/** Whether whatever a part matches begins, or ends, with a letter of a word. */
function isWord(tree: EreTree | undefined, end: 'first' | 'last'): boolean {
  switch (tree?.kind) {
    case 'set':
      return tree.set.every((member, byte) => member === 0 || isWordByte(foldByte(byte)))
    case 'group':
      return isWord(tree.inner, end)
    case 'all':
      return isWord(tree.parts.at(end === 'first' ? 0 : -1), end)
    case 'any':
      return tree.parts.every((one) => isWord(one, end))
    case 'repeat':
      return tree.least > 0 && isWord(tree.inner, end)
    case 'again':
    case 'empty':
    case 'place':
    case undefined:
      return false
  }
}

function repeatText(inner: Re2Part, least: number, most: number): Re2Part {
  if (most === Infinity) {
    if (least === 0) return { ...inner, text: `(?:${inner.text})*` }
    if (least === 1) return { ...inner, text: `(?:${inner.text})+` }
  }
  const needed = copiesOf(inner, least, (count) => `{${count}}`)
  const optional =
    most === Infinity
      ? { ...inner, text: `(?:${inner.text})*` }
      : copiesOf(inner, most - least, (count) => `{0,${count}}`)
  return {
    text: `(?:${needed.text}${optional.text})`,
    copies: Math.max(needed.copies, optional.copies),
  }
}

/** x{0,5} is x{0,3}x{0,2}, and x{5} is x{3}x{2}: so larger numbers are put together. */
function copiesOf(inner: Re2Part, total: number, brace: (count: number) => string): Re2Part {
  const chunk = Math.max(1, Math.floor(mostCopies / inner.copies))
  let text = ''
  for (let left = total; left > 0; left -= chunk)
    text += `(?:${inner.text})${brace(Math.min(left, chunk))}`
  return { text, copies: Math.min(total, chunk) * inner.copies }
}

/** Always hexadecimal and in brackets, so that no character can have a meaning. */
function setText(set: CharSet): string {
  let ranges = ''
  for (let low = 0; low < 256; low++) {
    if (!set[low]) continue
    const from = low
    while (set[low + 1]) low++
    ranges += hex(from) + (low > from ? `-${hex(low)}` : '')
  }
  return ranges === '' ? '[^\\x00-\\xff]' : `[${ranges}]`
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}
