import { subjectField } from './subject-field.ts'
import type { TextLines } from './text-lines.ts'

export type Header = readonly [name: string, value: string]

/** Characters that are gathered before they become a buffer. */
const chunk = 65_536

/**
 * A whole mail made of a list text (spec listtexts 4): its own header lines, the given ones that it
 * does not replace, an empty line, its body, and the lines of `appendix`, which is asked for when the
 * body is complete. Line ends are LF.
 */
export function renderText(
  lines: TextLines,
  defaults: readonly Header[],
  appendix: () => Iterable<string> = () => [],
): Buffer {
  return bufferOf(mailLines(lines, defaults, appendix))
}

function* mailLines(
  lines: TextLines,
  defaults: readonly Header[],
  appendix: () => Iterable<string>,
): Generator<string> {
  const { headers, first } = headersOf(lines, defaults)
  yield* headers
  yield ''
  yield* first
  yield* bodyOf(lines)
  yield* appendix()
}

/** The remaining lines of a text, all of them body. */
export function* bodyOf(lines: TextLines): Generator<string> {
  lines.inBody = true
  for (let line = lines.next(); line !== undefined; line = lines.next()) yield line
}

/** Byte string lines as bytes, each with a line feed. */
export function bufferOf(lines: Iterable<string>): Buffer {
  const parts: Buffer[] = []
  let text = ''
  for (const line of lines) {
    text += `${line}\n`
    if (text.length < chunk) continue
    parts.push(Buffer.from(text, 'latin1'))
    text = ''
  }
  return Buffer.concat([...parts, Buffer.from(text, 'latin1')])
}

/** The header lines, and the first line of the body if the header section ended with it. */
function headersOf(
  lines: TextLines,
  defaults: readonly Header[],
): { headers: readonly string[]; first: readonly string[] } {
  const own: string[] = []
  const names = new Set<string>()
  const first: string[] = []
  for (;;) {
    const line = lines.next()
    if (line === undefined) lines.warnings.push('a list text has no body')
    if (line === undefined || line === '') break
    const [, name, value = ''] = /^([^:]*):([^]*)$/.exec(line) ?? []
    if (/^[ \t]/.test(line)) {
      own.push(line)
    } else if (name === undefined) {
      lines.warnings.push(
        'a list text has a line among its headers that is none; its body begins there',
      )
      first.push(line)
      break
    } else {
      names.add(name.toLowerCase())
      own.push(/^subject$/i.test(name) ? subjectField(value) : line)
    }
  }
  const rest = defaults.filter(([name]) => !names.has(name.toLowerCase()))
  return { headers: [...own, ...rest.map(([name, value]) => `${name}: ${value}`)], first }
}
