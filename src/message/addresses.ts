import { isBlank } from './_blanks.ts'

/**
 * The addresses in the value of From:, To:, Cc:, Return-Path: and the like, as byte strings in the
 * order they stand there (RFC 5322 3.4 and 4.4, spec mailflow 0.4): without display names, comments,
 * group names and routes; quotes that are not needed are taken off; `joe at example.org` is read as
 * joe@example.org. Nobody checks that they are addresses: a word without `@` comes back as it is,
 * `<>` as an empty string. What is malformed gives something that is no address, never a fault.
 */
export function addressesIn(value: string): string[] {
  const found: string[] = []
  let element = new Element()
  const finish = () => {
    if (!element.isEmpty) found.push(element.text())
    element = new Element()
  }
  for (let at = 0; at < value.length;) {
    const char = value[at]
    const end = pieceEnd(value, at)
    const piece = value.slice(at, end)
    if (char === '(' || isBlank(char)) element.gap()
    else if (char === ';' || (char === ',' && !element.isRoute)) finish()
    else if (char === ':' && !element.isInside) element.forget()
    else if (char === ':' && element.isRoute) element.forget()
    else if (char === '<') element.open()
    else if (char === '>' && element.isInside) element.close()
    else element.add(char === '"' ? unquoted(piece) : piece)
    at = end
  }
  finish()
  return found
}

/** One member of a list, as far as it has been read. */
class Element {
  #words: string[] = []
  #word = ''
  #angle: 'none' | 'open' | 'closed' = 'none'
  #beginsWithAt = false

  get isEmpty(): boolean {
    return this.#angle === 'none' && this.#words.length === 0 && this.#word === ''
  }

  get isInside(): boolean {
    return this.#angle === 'open'
  }

  /** `<@one.example,@two.example:joe@example.org>`, the route of RFC 5321 appendix C. */
  get isRoute(): boolean {
    return this.isInside && this.#beginsWithAt
  }

  add(piece: string): void {
    if (this.#angle === 'closed') return
    if (this.#words.length === 0 && this.#word === '') this.#beginsWithAt = piece.startsWith('@')
    this.#word += piece
  }

  gap(): void {
    if (this.#word !== '') this.#words.push(this.#word)
    this.#word = ''
  }

  /** What was read so far was a display name, a group's name or a route. */
  forget(): void {
    if (this.#angle === 'closed') return
    this.#words = []
    this.#word = ''
    this.#beginsWithAt = false
  }

  open(): void {
    this.forget()
    if (this.#angle === 'none') this.#angle = 'open'
  }

  close(): void {
    this.gap()
    this.#angle = 'closed'
  }

  text(): string {
    this.gap()
    let text = ''
    let glued = true
    this.#words.forEach((word, place, words) => {
      const spokenAt = word === 'at' && place > 0 && place < words.length - 1
      const piece = spokenAt ? '@' : word
      text += (glued || /^[@.]/.test(piece) ? '' : ' ') + piece
      glued = piece.endsWith('@') || piece.endsWith('.')
    })
    return text
  }
}

/** Runs of ordinary bytes are taken whole, so that a long value costs few steps. */
const ordinary = /[^"(),:;<>[ \t\r\n]+/y

function pieceEnd(value: string, at: number): number {
  const char = value[at]
  if (char === '"') return quoteEnd(value, at)
  if (char === '(') return commentEnd(value, at)
  if (char === '[' && value[at - 1] === '@') return literalEnd(value, at)
  ordinary.lastIndex = at
  return ordinary.test(value) ? ordinary.lastIndex : at + 1
}

function quoteEnd(value: string, start: number): number {
  for (let at = start + 1; at < value.length; at++) {
    if (value[at] === '\\') at++
    else if (value[at] === '"') return at + 1
  }
  return value.length
}

function commentEnd(value: string, start: number): number {
  let depth = 0
  for (let at = start; at < value.length; at++) {
    if (value[at] === '\\') at++
    else if (value[at] === '(') depth++
    else if (value[at] === ')' && --depth === 0) return at + 1
  }
  return value.length
}

/** An address literal such as `[IPv6:2001:db8::1]`, whose colons begin no group. */
function literalEnd(value: string, start: number): number {
  const end = value.indexOf(']', start)
  return end < 0 ? value.length : end + 1
}

/** Quotes stay where the local part would be misread without them. */
function unquoted(quoted: string): string {
  const inside = quoted.slice(1, -1).replace(/\\(.)/gs, '$1')
  const plain = /^[\w!#$%&'*+/=?^`{|}~.\x80-\xff-]+$/.test(inside)
  return plain && quoted.endsWith('"') ? inside : quoted
}
