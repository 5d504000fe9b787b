import type { Budget } from './_budget.ts'
import { characterEnd, columnsAt, columnsOf, type Widths } from './_widths.ts'

/** Where lines of a wrapped paragraph may be broken: spec listtexts 11.2. */
export type BreakMode = 'word' | 'char' | 'user'

/** What every line of a source begins with. */
export interface Margin {
  readonly prefix: string
  readonly columns: number
}

/**
 * The line that is being written, and the wrapping of it (spec listtexts 11). Text that was put in is
 * never looked at again. `width` is 0 while lines stay as they are.
 */
export class OutputLine {
  text = ''
  columns = 0
  width = 0
  mode: BreakMode = 'word'
  /** No break before this ends: `\=` and `\ ` set it (spec listtexts 11.2). */
  ban = false
  readonly widths: Widths = { wide: false, zero: new Set() }

  readonly #margin: () => Margin
  readonly #emit: (line: string) => void
  readonly #budget: Budget
  #indent = 0
  /** Left of these positions nothing is broken or trimmed, or dropped by `%^%`. */
  #floor = 0
  #base = 0
  #baseColumns = 0
  #breakAt = 0
  #breakColumns = 0

  constructor(budget: Budget, margin: () => Margin, emit: (line: string) => void) {
    this.#budget = budget
    this.#margin = margin
    this.#emit = emit
  }

  /** A new line, with the margin of its source. */
  begin(): void {
    const { prefix, columns } = this.#margin()
    this.#restart(prefix, columns)
    this.keep()
  }

  #restart(text: string, columns: number): void {
    this.text = text
    this.columns = columns
    this.#floor = text.length
    this.#breakAt = 0
    this.ban = false
  }

  /** What is written now belongs to the margin of the source that begins here. */
  keep(): void {
    this.#base = this.text.length
    this.#baseColumns = this.columns
  }

  /** `%^%`: back to the margin. */
  rewind(): void {
    this.text = this.text.slice(0, this.#base)
    this.columns = Math.min(this.columns, this.#baseColumns)
    this.#breakAt = 0
  }

  clear(): void {
    this.#restart('', 0)
    this.keep()
  }

  /** `%wrap%`: from here on, later lines begin at this column. */
  wrap(width: number): void {
    if (this.width === 0) this.#floor = this.text.length
    this.width = width
    this.#indent = this.columns
  }

  put(text: string): void {
    if (this.width === 0) {
      this.text += text
      this.columns += columnsOf(text, this.widths)
      if (this.ban && /[ \t]/.test(text)) this.ban = false
      return
    }
    for (let at = 0; at < text.length;) {
      this.breakIfFull()
      const end = characterEnd(text, at)
      const character = text.slice(at, end)
      if (character.charCodeAt(0) >= 0xc0 && this.mode === 'char' && !this.ban) this.mayBreak()
      this.text += character
      this.columns += columnsAt(text, at, end, this.widths)
      if (character === ' ' && this.mode !== 'user' && !this.ban) this.mayBreak()
      if (character === ' ' || character === '\t') this.ban = false
      at = end
    }
  }

  /** A character that a `$` or `%` stood for; it takes 0 or 1 column and lifts a ban. */
  putMark(mark: string, columns: 0 | 1): void {
    this.text += mark
    this.columns += columns
    this.ban = false
  }

  mayBreak(): void {
    this.#breakAt = this.text.length
    this.#breakColumns = this.columns
  }

  /** Writes the line up to its latest break when it has reached its width (spec listtexts 11.3). */
  breakIfFull(): void {
    const at = this.#breakAt
    if (this.width === 0 || this.columns < this.width) return
    if (at <= this.#floor || at >= this.text.length) return
    const head = this.text.slice(0, at)
    const tail = this.text.slice(at)
    const tailColumns = this.columns - this.#breakColumns
    this.#emit(this.mode === 'word' ? head.replace(/ $/, '') : head)

    const { prefix, columns } = this.#margin()
    // A source that begins right of the indent has its margin as indent (spec listtexts 12.2).
    const indent = Math.max(this.#indent, columns)
    this.#budget.spend(indent)
    this.#restart(prefix + ' '.repeat(indent - columns), indent)
    this.#base = prefix.length
    this.#baseColumns = columns
    this.text += tail
    this.columns += tailColumns
  }

  /** Joins the next line of a paragraph to this one (spec listtexts 11.4). */
  join(): void {
    if (this.text === '') return
    if (this.mode === 'word' && this.text.length > this.#floor) this.put(' ')
    this.mayBreak()
  }

  /** In word mode a joint takes away the blanks in front of it. */
  trim(): void {
    if (this.mode !== 'word') return
    let end = this.text.length
    while (end > this.#floor && /[ \t]/.test(this.text[end - 1] ?? '')) end--
    this.columns -= this.text.length - end
    this.text = this.text.slice(0, end)
    if (this.#breakAt > end) this.#breakAt = 0
  }
}
