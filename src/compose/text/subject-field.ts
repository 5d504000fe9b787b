import { encodeWords } from '../../message/encoded-word.ts'
import { foldLine } from '../../message/fold.ts'

/** Columns of a line with an encoded word in it (RFC 2047 2). */
const widest = 76

const name = 'Subject: '
const blank = /[ \t\r\n]/

/**
 * A whole Subject: field without its line end (spec listtexts 4.3): a value of plain words stays as
 * it is, any other becomes encoded words (RFC 2047). Takes and gives byte strings; blanks around the
 * value are removed. Repaired: long fields are folded at line feeds, so that neither a word nor a
 * line is longer than RFC 2047 and RFC 5322 allow.
 */
export function subjectField(value: string): string {
  // Not trim(): it would take the byte A0, which ends many characters in UTF-8.
  let end = value.length
  while (blank.test(value[end - 1] ?? '')) end--
  const text = value.slice(0, end).replace(/^[ \t\r\n]+/, '')
  const plain = /^[A-Za-z0-9.,:; -]*$/.test(text) && !/[^ ]{900}/.test(text)
  return plain
    ? foldLine(name + text, '\n')
    : name + encodeWords(text, widest - name.length).join('\n ')
}
