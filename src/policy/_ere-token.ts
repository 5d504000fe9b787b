import { Fault } from '../base/fault.ts'
import { foldByte } from './_ere-charset.ts'

/**
 * A piece of an expression: an operator under its own character, or
 * `char` (itself), `class` (`.` `w` `W` `s` `S`), `anchor` (`^` `$` `<` `>` `b` `B` and the two
 * quotes), `again` (digit of the group), `end`.
 */
export interface Token {
  readonly kind:
    | 'char'
    | 'class'
    | 'anchor'
    | 'again'
    | 'end'
    | '*'
    | '+'
    | '?'
    | '{'
    | '}'
    | '('
    | ')'
    | '|'
    | '['
  readonly char: string
  /** How many characters of the expression it takes. */
  readonly length: number
  /** An escaped small letter that means nothing to glibc. */
  readonly suspicious?: true
}

/**
 * The token at this offset outside of brackets.
 * @throws Fault badSettings for a backslash at the end.
 */
export function tokenAt(pattern: string, at: number): Token {
  const char = pattern.charAt(at)
  switch (char) {
    case '':
      return { kind: 'end', char, length: 0 }
    case '\\':
      return escaped(pattern.charAt(at + 1))
    case '.':
      return { kind: 'class', char, length: 1 }
    case '^':
    case '$':
      return { kind: 'anchor', char, length: 1 }
    case '*':
    case '+':
    case '?':
    case '{':
    case '}':
    case '(':
    case ')':
    case '|':
    case '[':
      return { kind: char, char, length: 1 }
    default:
      return { kind: 'char', char, length: 1 }
  }
}

/** Escapes are looked up as written, before letters are folded: `\w` and `\W` differ. */
function escaped(char: string): Token {
  if (char === '') throw new Fault('badSettings', 'there is nothing behind the last backslash')
  if (/[wWsS]/.test(char)) return { kind: 'class', char, length: 2 }
  if (/[<>bB`']/.test(char)) return { kind: 'anchor', char, length: 2 }
  if (/[1-9]/.test(char)) return { kind: 'again', char, length: 2 }
  const byte = char.charCodeAt(0)
  const suspicious = foldByte(byte) !== byte
  return { kind: 'char', char, length: 2, ...(suspicious ? { suspicious } : {}) }
}
