import type { Budget } from './_budget.ts'
import { Conditionals, judge } from './_conditionals.ts'
import { readDirective, type Directive } from './_directive.ts'
import type { OutputLine } from './_output-line.ts'
import { firstOf, linesOfText, oneLineEach, type Sources } from './_sources.ts'
import { charactersOf } from './_widths.ts'
import type { Items, Material, Token } from './material.ts'

/** Work that inserting template text counts as, so that a text that inserts itself ends soon. */
const insertionWork = 1_000

/** What the line pipeline is told while a line is read. */
export interface ScanEvents {
  /** The line shows something, or does something that is no conditional. */
  shown(): void
  /** A conditional that never showed anything has ended. */
  swallowed(): void
  warn(warning: string): void
}

/** Reads one input line byte by byte and acts on it (spec listtexts 6 to 9). */
export class Scanner {
  readonly conditionals = new Conditionals()
  /** A percent sign was met on the line, whatever it meant (spec listtexts 10.1). */
  sawPercent = false
  /** The line has an empty list in it, so nothing of it is left. */
  vanished = false

  readonly #material: Material
  readonly #sources: Sources
  readonly #line: OutputLine
  readonly #budget: Budget
  readonly #events: ScanEvents
  #input = ''
  #at = 0
  /** Nothing but conditionals was read since the line was joined to a paragraph. */
  #joining = false
  #originals = 0

  constructor(
    material: Material,
    sources: Sources,
    line: OutputLine,
    budget: Budget,
    events: ScanEvents,
  ) {
    this.#material = material
    this.#sources = sources
    this.#line = line
    this.#budget = budget
    this.#events = events
  }

  /** Reads an input line to its end; what is behind its line end is put back to its source. */
  scan(input: string, at: number, joining: boolean): void {
    this.#input = input
    this.#at = at
    this.#joining = joining
    this.sawPercent = false
    this.vanished = false
    for (;;) {
      this.#line.breakIfFull()
      const byte = this.#input[this.#at]
      if (byte === undefined) return
      if (byte === '\r' || byte === '\n') {
        this.#endInput()
        return
      }
      this.#readFrom(byte)
    }
  }

  #readFrom(byte: string): void {
    const { verbatim } = this.#sources
    if (this.conditionals.skipping) {
      if (byte === '%' && !verbatim) this.#percent()
      else this.#skip()
    } else if (verbatim) this.#copy(/[^\r\n]+/y)
    else if (byte === '%') this.#percent()
    else if (byte === '$') this.#dollar()
    else if (byte === '\\') this.#backslash()
    else this.#copy(/[^%$\\\r\n]+/y)
  }

  #endOf(run: RegExp): number {
    run.lastIndex = this.#at
    return run.test(this.#input) ? run.lastIndex : this.#at + 1
  }

  #copy(run: RegExp): void {
    const end = this.#endOf(run)
    const text = this.#input.slice(this.#at, end)
    if (/[^ \t]/.test(text)) this.#show()
    this.#line.put(text)
    this.#at = end
  }

  #skip(): void {
    const end = this.#endOf(/[^%\r\n]+/y)
    if (/[^ \t]/.test(this.#input.slice(this.#at, end))) this.#joining = false
    this.#at = end
  }

  #show(): void {
    this.#joining = false
    this.#events.shown()
  }

  #endInput(): void {
    const length = this.#input.startsWith('\r\n', this.#at) ? 2 : 1
    this.#sources.postpone(this.#input.slice(this.#at + length))
    this.#input = ''
    this.#at = 0
  }

  /** Forgets the rest of the line, and answers with it; a line feed stands for its line end. */
  #dropRest(): string {
    const end = this.#endOf(/[^\r\n]*/y)
    const rest = this.#input.slice(this.#at, end)
    const complete = end < this.#input.length
    this.#at = end
    this.#endInput()
    return complete ? `${rest}\n` : rest
  }

  #backslash(): void {
    this.#show()
    const next = this.#input[this.#at + 1]
    this.#line.ban = next === '=' || next === ' '
    if (next === '/') this.#line.mayBreak()
    this.#at += next === '/' || next === '=' ? 2 : 1
  }

  #dollar(): void {
    this.#show()
    const end = this.#input.indexOf('$', this.#at + 1)
    const name = this.#input.slice(this.#at + 1, end)
    const token = end < 0 ? undefined : name === '' ? dollar : this.#material.token(name)
    if (token === undefined) {
      this.#line.putMark('$', 1)
      this.#at += 1
    } else if (token.text === '$') {
      this.#line.putMark('$', 1)
      this.#at = end + 1
    } else if (token.live) {
      this.#insert(token.text, end + 1)
    } else {
      // A line end in a value would let its sender write header lines.
      this.#line.put(token.text.replace(/[\r\n\0]+/g, ' '))
      this.#budget.spend(token.text.length)
      this.#at = end + 1
    }
  }

  /** Puts template text in front of the rest of the input, to be read next. */
  #insert(text: string, behind: number): void {
    this.#input = text + this.#input.slice(behind)
    this.#at = 0
    this.#budget.spend(insertionWork + this.#input.length)
  }

  #percent(): void {
    this.sawPercent = true
    const end = this.#input.indexOf('%', this.#at + 1)
    if (end >= 0 && this.#perform(readDirective(this.#input.slice(this.#at + 1, end)), end + 1))
      return
    this.#at += 1
    if (this.conditionals.skipping) return
    this.#show()
    // A sign without partner takes no column in mlmmj.
    this.#line.putMark('%', end < 0 ? 0 : 1)
  }

  /** Acts on a directive that ends in front of `behind`; false when it is none here. */
  #perform(directive: Directive, behind: number): boolean {
    if (directive.do === 'if' || directive.do === 'else' || directive.do === 'endif') {
      if (!this.#branch(directive)) return false
      this.#at = behind
      if (this.#joining) this.#at = this.#endOf(/[ \t]*/y)
      return true
    }
    if (this.conditionals.skipping || !this.#knows(directive)) return false
    this.#at = behind
    this.#show()
    this.#act(directive)
    return true
  }

  #branch(directive: Branch): boolean {
    if (directive.do === 'else') return this.conditionals.turn()
    if (directive.do === 'endif') {
      const closed = this.conditionals.close()
      if (closed === 'empty') this.#events.swallowed()
      return closed !== 'none'
    }
    const { parts, sources } = this.#material
    const truth =
      !this.conditionals.skipping && judge(directive, parts, (name) => sources.controlExists(name))
    if (truth === undefined) return false
    this.conditionals.open(truth)
    return true
  }

  /** Whether this text has the mail or the list that is asked for. */
  #knows(directive: Directive): boolean {
    if (directive.do === 'original') return this.#material.original !== undefined
    return directive.do !== 'list' || this.#material.list(directive.name) !== undefined
  }

  #act(directive: Exclude<Directive, Branch>): void {
    const line = this.#line
    switch (directive.do) {
      case 'percent':
        return line.putMark('%', 1)
      case 'comment':
        return void this.#dropRest()
      case 'lineStart':
        return line.rewind()
      case 'nowrap':
        line.width = 0
        return
      case 'wrap':
        return line.wrap(directive.width)
      case 'mode':
        line.mode = directive.mode
        return
      case 'wide':
        line.widths.wide = directive.wide
        return
      case 'zero':
        line.widths.zero = charactersOf(directive.characters)
        return
      case 'text':
      case 'control':
        this.#dropRest()
        return this.#include(
          linesOfText(this.#material.sources[directive.do](directive.name) ?? ''),
        )
      case 'original':
        this.#dropRest()
        return this.#include(
          firstOf(this.#material.original ?? [], directive.most),
          this.#originals++,
        )
      case 'list':
        return this.#list(this.#material.list(directive.name))
    }
  }

  /** Goes on with the lines of a file, or of the original mail; an empty one ends the line. */
  #include(lines: Iterator<string>, original?: number): void {
    const { columns } = this.#line
    const verbatim = original !== undefined
    this.#enter({
      lines,
      prefix: ' '.repeat(columns),
      columns,
      suffix: '',
      verbatim,
      free: original === 0,
    })
  }

  /** Goes on with the items of a list; what stands around the directive goes around each item. */
  #list(list: Items | undefined): void {
    const rest = this.#dropRest()
    const entered = this.#enter({
      lines: list?.live === true ? list.items[Symbol.iterator]() : oneLineEach(list?.items ?? []),
      prefix: this.#line.text,
      columns: this.#line.columns,
      suffix: rest === '\n' ? '' : rest,
      verbatim: list?.live !== true,
      free: false,
    })
    if (entered) return
    this.vanished = true
    this.#line.clear()
  }

  /** Answers whether there is a line in it. */
  #enter(source: Parameters<Sources['push']>[0]): boolean {
    if (this.#sources.full) {
      this.#events.warn('a list text includes too much or itself; some of it is left out')
      return false
    }
    this.#line.keep()
    this.#sources.push(source)
    const first = this.#sources.readHere()
    this.#input = first ?? ''
    this.#at = 0
    return first !== undefined
  }
}

const dollar: Token = { text: '$', live: false }

type Branch = Extract<Directive, { do: 'if' | 'else' | 'endif' }>
