import { Fault } from '../base/fault.ts'
import { charSet, foldByte, namedClass, type CharSet } from './_ere-charset.ts'

/** One element of a bracket expression: a character, which may begin a range, or a class. */
type Element =
  | { readonly byte: number; readonly next: number }
  | { readonly test: (folded: number) => boolean; readonly next: number }

/**
 * Reads a bracket expression; `at` is behind its `[`. A backslash is an ordinary character here,
 * a `]` is one in the first place, a `-` in the first or last place or as the end of a range.
 * Answers with the set and the offset behind the closing bracket.
 * @throws Fault badSettings (POSIX 2017 XBD 9.3.5, and glibc where it is stricter)
 */
export function readBracket(pattern: string, at: number): { set: CharSet; next: number } {
  const negated = pattern[at] === '^'
  const start = negated ? at + 1 : at
  const tests: ((folded: number) => boolean)[] = []
  let next = start
  do {
    if (pattern[next] === '-' && next !== start && pattern[next + 1] !== ']')
      throw new Fault('badSettings', 'a - in brackets stands where no range can be')
    const first = elementAt(pattern, next)
    next = first.next
    if ('test' in first) {
      tests.push(first.test)
    } else if (pattern[next] === '-' && pattern[next + 1] !== ']') {
      const last = elementAt(pattern, next + 1)
      next = last.next
      tests.push(rangeOf(first.byte, last))
    } else {
      tests.push((folded) => folded === first.byte)
    }
  } while (pattern[next] !== ']')
  return { set: charSet((folded) => tests.some((t) => t(folded)) !== negated), next: next + 1 }
}

/** Both ends are folded before they are compared, so `[Z-a]` is empty, which glibc refuses. */
function rangeOf(low: number, last: Element): (folded: number) => boolean {
  if ('test' in last) throw new Fault('badSettings', 'a range in brackets ends with a class')
  const high = last.byte
  if (low > high) throw new Fault('badSettings', 'a range in brackets ends before it begins')
  return (folded) => folded >= low && folded <= high
}

function elementAt(pattern: string, at: number): Element {
  const char = pattern.charAt(at)
  if (char === '') throw notClosed()
  const mark = pattern.charAt(at + 1)
  if (char !== '[' || !/[.=:]/.test(mark))
    return { byte: foldByte(char.charCodeAt(0)), next: at + 1 }
  const close = pattern.indexOf(`${mark}]`, at + 2)
  if (close < 0) throw notClosed()
  return symbolOf(mark, pattern.slice(at + 2, close), close + 2)
}

/** `[:name:]`, `[.x.]` and `[=x=]`; in the C locale the latter two hold one character. */
function symbolOf(mark: string, name: string, next: number): Element {
  if (mark === ':') {
    const test = namedClass(name)
    if (test === undefined) throw new Fault('badSettings', `there is no class [:${name}:]`)
    return { test, next }
  }
  if (name.length !== 1)
    throw new Fault('badSettings', `[${mark}${name}${mark}] must hold one character`)
  const byte = foldByte(name.charCodeAt(0))
  return mark === '.' ? { byte, next } : { test: (folded) => folded === byte, next }
}

function notClosed(): Fault {
  return new Fault('badSettings', 'a [ is not closed')
}
