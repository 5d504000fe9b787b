import { Fault } from '../base/fault.ts'

export interface Interval {
  readonly least: number
  /** Infinity for `{2,}`. */
  readonly most: number
  /** Offset behind the closing brace. */
  readonly next: number
}

/** glibc's RE_DUP_MAX. */
const largestBound = 32_767

/**
 * Reads `2}`, `2,}`, `,3}` or `2,3}` at the offset behind an opening brace. A backslash before a
 * digit or a comma is passed over, as glibc does (except `\1` to `\9`, which are references).
 * @throws Fault badSettings
 */
export function readInterval(pattern: string, at: number): Interval {
  const shape = /((?:\d|\\0)*)(?:(\\?,)((?:\d|\\0)*))?\}/y
  shape.lastIndex = at
  const [all, from = '', comma, to = ''] = shape.exec(pattern) ?? []
  if (all === undefined || (from === '' && comma === undefined))
    throw new Fault('badSettings', 'a { does not begin a repetition such as {2} or {2,5}')
  const least = numberOf(from) ?? 0
  const most = comma === undefined ? least : (numberOf(to) ?? Infinity)
  if (least > most) throw new Fault('badSettings', `the repetition {${all} ends before it begins`)
  if (Math.max(least, most === Infinity ? 0 : most) > largestBound)
    throw new Fault('badSettings', `nothing can be repeated more than ${largestBound} times`)
  return { least, most, next: at + all.length }
}

function numberOf(digits: string): number | undefined {
  return digits === '' ? undefined : Number(digits.replaceAll('\\', ''))
}
