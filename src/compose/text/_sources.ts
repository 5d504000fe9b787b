import type { Budget } from './_budget.ts'
import { decodeLine } from './decode-line.ts'
import type { Margin } from './_output-line.ts'

/** Where input lines come from: the text itself, a file it includes, a list, the original mail. */
interface Source extends Margin {
  readonly lines: Iterator<string>
  /** Lines are text for people: nothing in them is a directive, a token or an escape. */
  readonly verbatim: boolean
  /** Reading it costs nothing: the one copy of the original mail that a text may have for free. */
  readonly free: boolean
  readonly suffix: string
  /** The rest of a line that ended early; comes next. */
  pending: string | undefined
}

/** Sources inside each other; mlmmj has no bound and runs out of files (spec listtexts 13). */
const deepest = 20

/** Work that a line counts as, be it empty. */
const lineWork = 32

/** How many sources one text may open. */
const mostSources = 2_000

/** The sources that are open; the last one opened is read until it ends (spec listtexts 5.1). */
export class Sources {
  readonly #open: Source[] = []
  readonly #budget: Budget
  #opened = 0

  constructor(budget: Budget) {
    this.#budget = budget
  }

  get margin(): Margin {
    return this.#open.at(-1) ?? { prefix: '', columns: 0 }
  }

  get suffix(): string {
    return this.#open.at(-1)?.suffix ?? ''
  }

  get verbatim(): boolean {
    return this.#open.at(-1)?.verbatim ?? false
  }

  get full(): boolean {
    return this.#open.length > deepest || this.#opened >= mostSources
  }

  /** The rest of the current line, to be read as a line of its own. */
  postpone(rest: string): void {
    const source = this.#open.at(-1)
    if (source !== undefined && rest !== '') source.pending = rest
  }

  pushText(text: string): void {
    const lines = linesOfText(text)
    this.push({ lines, prefix: '', columns: 0, suffix: '', verbatim: false, free: false })
  }

  push(source: Omit<Source, 'pending'>): void {
    this.#opened++
    this.#open.push({ ...source, pending: undefined })
  }

  /** The next input line of the last source; undefined at its end. */
  readHere(): string | undefined {
    const source = this.#open.at(-1)
    if (source === undefined) return undefined
    const { pending } = source
    source.pending = undefined
    if (pending !== undefined) return pending
    const next = source.lines.next()
    if (next.done === true) return undefined
    this.#budget.spend(lineWork + source.prefix.length + source.suffix.length)
    if (!source.free) this.#budget.spend(next.value.length)
    return source.verbatim ? next.value : decodeLine(next.value)
  }

  /** The next input line; sources that have ended are closed. Undefined at the end of all. */
  read(): string | undefined {
    for (; this.#open.length > 0; this.#open.pop()) {
      const line = this.readHere()
      if (line !== undefined) return line
    }
    return undefined
  }
}

/** The lines of a text, each with its line end; a NUL byte hides the rest of its line. */
export function* linesOfText(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const found = text.indexOf('\n', at)
    const end = found < 0 ? text.length : found + 1
    const line = text.slice(at, end)
    const nul = line.indexOf('\0')
    yield nul < 0 ? line : line.slice(0, nul)
    at = end
  }
}

/** At most so many of the lines; no more than that are asked for. */
export function* firstOf(lines: Iterable<string>, most: number): Generator<string> {
  let taken = 0
  for (const line of lines) {
    yield line
    if (++taken >= most) return
  }
}

/** As with a value, a line end inside of an item would let it write header lines. */
export function* oneLineEach(items: Iterable<string>): Generator<string> {
  for (const item of items) yield item.replace(/[\r\n\0]+(?=[^\r\n\0])/g, ' ')
}
