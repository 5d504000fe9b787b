import { decodeLoosely, encodeWords } from '../message/encoded-word.ts'
import { foldLine } from '../message/fold.ts'

const name = 'Subject: '

/**
 * The Subject line of a post that does not show the list's prefix yet; undefined when it does, so
 * that the field can stay as it is (spec mailflow 2.1, step 4).
 *
 * @param value all that stands behind `Subject:`, blanks too, in one line.
 * @param prefix control/prefix as it stands there; bytes above 127 become encoded words.
 * @returns the line, folded where it is too long, without its last line end.
 */
export function subjectWithPrefix(
  value: string,
  prefix: string,
  lineEnd: string,
): string | undefined {
  return hasPrefix(value, prefix) ? undefined : foldLine(name + marked(value, prefix), lineEnd)
}

/** The Subject line of a post that came without one, in the same form. */
export function subjectOfPrefix(prefix: string, lineEnd: string): string {
  return foldLine(name + marked('', prefix), lineEnd)
}

/** Folding may have changed the kind of blank inside a prefix, or taken the one at its end. */
function hasPrefix(value: string, prefix: string): boolean {
  const shown = (bytes: string) => decodeLoosely(bytes).replace(/[ \t\r\n]+/g, ' ')
  return value.includes(prefix) || shown(`${value} `).includes(shown(prefix))
}

function marked(value: string, prefix: string): string {
  if (/^[\t\x20-\x7e]*$/.test(prefix)) return prefix + value
  const rest = value.replace(/^[ \t]+/, '')
  // Readers drop the blank between two encoded words, so the first one must hold its own.
  const gap = rest.startsWith('=?') ? ' ' : ''
  const words = encodeWords(prefix.replace(/[ \t]+$/, '') + gap, 76 - name.length)
  return [...words, rest].filter((word) => word !== '').join(' ')
}
