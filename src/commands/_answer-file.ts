import { readFile, writeFile } from 'node:fs/promises'
import { errnoOf, Fault } from '../base/fault.ts'

/** The names that mlmmj-make-ml 1.5 gives to its answers (spec spool 4.1). */
export const answerNames = [
  'SPOOLDIR',
  'LISTNAME',
  'FQDN',
  'OWNER',
  'TEXTLANG',
  'ADDALIAS',
  'DO_CHOWN',
  'CHOWN',
  'ADDCRON',
] as const

export type Answers = Readonly<Partial<Record<(typeof answerNames)[number], string>>>

/**
 * Reads shell assignments without a shell: `NAME=value`, quoted as sh quotes, several on a line,
 * `#` comments. Names that are not ours are skipped; whatever only a shell could answer is refused.
 *
 * @throws Fault badUsage with the number of the line
 */
export function readAnswers(content: string): Answers {
  const answers: Partial<Record<string, string>> = {}
  for (const [at, line] of content.split(/\r?\n/).entries()) {
    let rest = line.replace(/^\s*(export\s+)?/, '')
    while (rest !== '' && !rest.startsWith('#')) {
      const [all = '', name = '', written = ''] = assignment.exec(rest) ?? []
      if (all === '')
        throw new Fault('badUsage', `line ${at + 1} of the answers is no assignment NAME='value'`)
      answers[name] = unquoted(written)
      rest = rest.slice(all.length)
    }
  }
  return Object.fromEntries(
    answerNames.flatMap((name) => (answers[name] === undefined ? [] : [[name, answers[name]]])),
  )
}

/** @throws Fault noSuchFile, badUsage */
export async function loadAnswers(file: string): Promise<Answers> {
  const content = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new Fault('noSuchFile', `${file} cannot be read (${errnoOf(thrown) ?? '?'})`, thrown)
  })
  return readAnswers(content)
}

/** @throws Fault notAllowed */
export async function saveAnswers(file: string, answers: Answers): Promise<void> {
  await writeFile(file, writeAnswers(answers)).catch((thrown: unknown) => {
    throw new Fault('notAllowed', `${file} cannot be written (${errnoOf(thrown) ?? '?'})`, thrown)
  })
}

/** Pieces stick together as in sh: '…', "…" without expansions, \x, and plain characters. */
const piece = /'[^']*'|"(?:[^"\\$`]|\\.)*"|\\.|[^\s'"\\$`;&|<>()#]/
const assignment = new RegExp(`^([A-Za-z_]\\w*)=((?:${piece.source})*)(?:\\s*;\\s*|\\s+|$)`)

function unquoted(written: string): string {
  return written.replace(new RegExp(piece, 'g'), (text) => {
    if (text.startsWith("'")) return text.slice(1, -1)
    if (text.startsWith('"')) return text.slice(1, -1).replace(/\\([$`"\\])/g, '$1')
    return text.startsWith('\\') ? text.slice(1) : text
  })
}

/** The same as a file that sh and readAnswers() understand. */
export function writeAnswers(answers: Answers): string {
  return answerNames
    .map((name) => `${name}='${(answers[name] ?? '').replaceAll("'", "'\\''")}'\n`)
    .join('')
}
