import { Budget } from './_budget.ts'
import { OutputLine } from './_output-line.ts'
import { Scanner } from './_scanner.ts'
import { Sources } from './_sources.ts'
import type { Material } from './material.ts'

/**
 * The finished lines of a list text, one by one (spec listtexts 5 to 12). While `inBody` is false an
 * empty line is given at once; in the body it may vanish with the conditional that follows it.
 *
 * Deviation for safety (spec listtexts 17): what stems from mail (values, items of lists, the original
 * mail) is copied and never read as template, and a value cannot end a line. What is read as template
 * comes from the list's own files: `%text%`, `%control%`, `$text$`, `$control$`, and the directives
 * that mlmmj 1.3 also has as tokens.
 */
export class TextLines {
  inBody = false
  readonly warnings: string[] = []

  readonly #sources: Sources
  readonly #line: OutputLine
  readonly #scanner: Scanner
  readonly #ready: string[] = []
  #ended = false
  /** An empty line that waits for what follows it (spec listtexts 10.2). */
  #held = false

  constructor(template: string, material: Material) {
    const budget = new Budget()
    this.#sources = new Sources(budget)
    this.#line = new OutputLine(
      budget,
      () => this.#sources.margin,
      (line) => this.#emit(line),
    )
    this.#scanner = new Scanner(material, this.#sources, this.#line, budget, {
      shown: () => this.#release(),
      swallowed: () => {
        this.#held = false
      },
      warn: (warning) => {
        if (!this.warnings.includes(warning)) this.warnings.push(warning)
      },
    })
    this.#sources.pushText(template)
  }

  /**
   * A line without its line end, or with more lines behind it; undefined at the end of the text.
   *
   * @throws Fault badSettings when the text takes more work than any list needs.
   */
  next(): string | undefined {
    while (this.#ready.length === 0 && !this.#ended) this.#step()
    return this.#ready.shift()
  }

  #step(): void {
    const input = this.#sources.read()
    if (input === undefined) {
      const { text, width } = this.#line
      if (width > 0 && !(text === '' && this.#scanner.conditionals.skipping)) this.#emit(text)
      this.#release()
      this.#ended = true
      return
    }
    // Nothing was shown yet: blanks behind the conditional that will end the skipping are kept.
    const unseen = this.#line.text === '' && this.#scanner.conditionals.skipping
    const start = this.#join(input)
    if (start === undefined) this.#line.begin()
    this.#scanner.scan(input, start ?? 0, start !== undefined && !unseen)
    if (this.#line.width === 0) this.#finish()
  }

  /**
   * Joins an input line to the paragraph that is open, and answers where to read it from; undefined
   * when none is open, or was until this blank line (spec listtexts 11.1).
   */
  #join(input: string): number | undefined {
    const line = this.#line
    if (line.width === 0) return undefined
    line.trim()
    const start = input.search(/[^ \t]|$/)
    const blank = start === input.length || /[\r\n]/.test(input[start] ?? '')
    if (blank && !this.#scanner.conditionals.skipping) {
      this.#emit(line.text)
      line.width = 0
      return undefined
    }
    line.join()
    return start
  }

  /** Ends a line that is not wrapped: keeps it, or removes it (spec listtexts 10). */
  #finish(): void {
    const { sawPercent, vanished, conditionals } = this.#scanner
    const { text } = this.#line
    if (vanished) return
    if (text === '' && conditionals.skipping) return
    if (sawPercent && /^[ \t]*$/.test(text)) return
    this.#release()
    if (text === '' && this.inBody && this.#sources.suffix === '') this.#held = true
    else this.#emit(text)
  }

  /** Writes the empty line that was held back. */
  #release(): void {
    if (this.#held) this.#ready.push('')
    this.#held = false
  }

  #emit(line: string): void {
    this.#ready.push(line + this.#sources.suffix)
  }
}
