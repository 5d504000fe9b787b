import { sameBytes } from '../../base/bytes.ts'
import { isName, type Directive } from './_directive.ts'
import type { TextParts } from './material.ts'

export type Condition = Extract<Directive, { do: 'if' }>

/**
 * Whether a condition is true; undefined when it is none here: the text was asked for without that
 * part, or a word cannot be compared (spec listtexts 7.2). Repaired: `%ifn...%` of several words is
 * true when the part is none of them.
 */
export function judge(
  { what, not, words }: Condition,
  parts: TextParts,
  controlExists: (name: string) => boolean,
): boolean | undefined {
  const part = what === 'control' ? undefined : parts[what]
  if (what !== 'control' && part === undefined) return undefined
  for (const word of words) {
    if (word !== '' && !isName(word)) return undefined
    if (part === undefined && (word !== '' && controlExists(word)) !== not) return true
    if (part !== undefined && sameBytes(part, word)) return !not
  }
  return part !== undefined && not
}

interface Level {
  /** Opened inside skipped text: says nothing. */
  readonly neutral: boolean
  readonly satisfied: boolean
  skips: boolean
  hadElse: boolean
}

/** The conditionals that are open, and whether text is skipped because of them. */
export class Conditionals {
  readonly #levels: Level[] = []
  skipping = false

  open(satisfied: boolean): void {
    const neutral = this.skipping
    this.#levels.push({ neutral, satisfied, skips: !neutral && !satisfied, hadElse: false })
    this.skipping ||= !satisfied
  }

  /** Answers false when none is open. Each `%else%` of a conditional changes sides. */
  turn(): boolean {
    const level = this.#levels.at(-1)
    if (level === undefined) return false
    if (level.neutral) return true
    level.hadElse = true
    level.skips = !level.skips
    this.skipping = level.skips
    return true
  }

  /** What was closed: a conditional that never showed anything is `empty` (spec listtexts 10.2). */
  close(): 'none' | 'some' | 'empty' {
    const level = this.#levels.pop()
    if (level === undefined) return 'none'
    if (level.skips) this.skipping = false
    return !level.neutral && !level.satisfied && !level.hadElse ? 'empty' : 'some'
  }
}
