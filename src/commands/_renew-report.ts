import { textFromBytes } from '../base/bytes.ts'
import type { Renewed, RenewedText } from '../flows/renew-text.ts'

/** How a renewal is told. */
export interface RenewManner {
  readonly isTerminal: boolean
  readonly dryRun: boolean
  readonly diff: boolean
  readonly json: boolean
}

/** What is written about one list. */
export function renewReport(
  listDir: string,
  renewed: Renewed,
  manner: RenewManner,
): string | Buffer {
  const { isTerminal, dryRun, diff, json } = manner
  if (json) return `${JSON.stringify(asJson(listDir, renewed, manner))}\n`
  if (diff) return diffsOf(renewed, isTerminal)
  const rows =
    renewed.result === 'left'
      ? [['-', renewed.why]]
      : renewed.texts.map((text) => [text.name, sentence(text, renewed, dryRun)])
  if (rows.length === 0 && renewed.result === 'renewed')
    rows.push(['-', `up to date (${renewed.language})`])
  const width = Math.max(...rows.map(([name = '']) => name.length))
  return rows
    .map(([name = '', what]) =>
      isTerminal
        ? `${listDir}  ${name.padEnd(width)}  ${what}\n`
        : `${listDir}\t${name}\t${what}\n`,
    )
    .join('')
}

function sentence(
  { fate }: RenewedText,
  { language, savedIn = 'text.old' }: Extract<Renewed, { result: 'renewed' }>,
  dryRun: boolean,
): string {
  const done = dryRun ? 'would be ' : ''
  switch (fate) {
    case 'added':
    case 'replaced':
      return `${done}${fate}`
    case 'saved and replaced':
      return `${done}saved in ${savedIn} and replaced: it is edited`
    case 'set aside':
      return `${done}moved to ${savedIn}: it is edited, and other texts of ${language} serve for it`
    case 'removed':
      return `${done}removed: other texts of ${language} serve for it`
    case 'kept':
      return `${done}kept: it is edited`
    case 'not added':
      return `${done}left out: an edited text serves for it`
    case 'left alone':
      return `${done}left alone: it is no regular file`
    case 'same':
    case 'taken away':
    case 'not ours':
      return fate
    default:
      return fate satisfies never
  }
}

/** For patch(1) the bytes as they are; on a terminal nothing that would command it. */
function diffsOf(renewed: Renewed, isTerminal: boolean): Buffer {
  const diffs = renewed.result === 'left' ? '' : renewed.texts.map(({ diff }) => diff).join('')
  const shown = isTerminal ? diffs.replace(/[\0-\x08\x0b-\x1f\x7f]/g, '?') : diffs
  return Buffer.from(shown, 'latin1')
}

function asJson(list: string, renewed: Renewed, { dryRun, diff }: RenewManner): object {
  if (renewed.result === 'left') return { list, ...renewed }
  const { texts, ...facts } = renewed
  return {
    list,
    ...facts,
    dryRun,
    texts: texts.map(({ name, fate, diff: change }) => ({
      name,
      fate,
      ...(diff ? { diff: textFromBytes(change) } : {}),
    })),
  }
}
