import { Fault } from '../src/base/fault.ts'

/** Of everything that comes: the answer is a few words of JSON. */
const mostBytes = 65_536

/** A service's answer to one request. */
export interface Reply {
  readonly code: number
  /** What came, read as UTF-8. */
  readonly body: string
}

/**
 * Reads the answer to one request as it comes over a connection of its own (RFC 9112, strictly: it
 * is from one of ours or from a proxy, and whatever else it is must not decide about a mail). It may
 * come in pieces of any size; what follows the answer is not looked at.
 */
export class AnswerReader {
  /** Undefined until the answer is complete. */
  reply: Reply | undefined
  /** Whether the answer has begun; an interim one (1xx) does not count. */
  hasBegun = false
  /** Whether the service asks for the body (100 Continue, RFC 9110 15.2.1). */
  isWelcome = false
  #taken = 0
  /** What came and is not understood yet, as a byte string. */
  #rest = ''
  #code = 0
  #body = ''
  /** Bytes that are missing of the body, or of its chunk. */
  #missing = 0
  #length: string | undefined
  #coding: string | undefined
  /** Answers whether it has got on, so that the next step may. */
  #step: () => boolean = this.#statusLine

  /** @throws Fault notThere for what is no answer; nothing may be read after that. */
  take(bytes: Buffer): void {
    if (this.reply !== undefined) return
    this.#taken += bytes.length
    this.#rest += bytes.toString('latin1')
    while (this.reply === undefined && this.#step());
    const size = this.#taken - (this.reply === undefined ? 0 : this.#rest.length)
    if (size > mostBytes) refuse('has no end')
  }

  /** The service has closed the connection: an answer without a length is complete by that. */
  end(): void {
    if (this.#step === this.#untilTheEnd) this.#complete()
  }

  #statusLine(): boolean {
    const begin = 'HTTP/1.'
    if (!this.#rest.startsWith(begin.slice(0, this.#rest.length))) refuse('is no HTTP')
    const line = this.#line()
    if (line === undefined) return false
    const [, code] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(line) ?? []
    if (code === undefined) refuse('is no HTTP')
    this.#code = Number(code)
    // Nobody asked for another protocol.
    if (this.#code === 101) refuse('switches protocols')
    this.hasBegun = this.#code >= 200
    this.#length = this.#coding = undefined
    return this.#then(this.#header)
  }

  #header(): boolean {
    const line = this.#line()
    if (line === undefined) return false
    if (line === '') return this.#afterHeader()
    const [name, value] = fieldIn(line)
    // Two lengths, or two codings, are two opinions about where the answer ends.
    if (/^content-length$/i.test(name)) {
      if (this.#length !== undefined) refuse('has two lengths')
      this.#length = value
    } else if (/^transfer-encoding$/i.test(name)) {
      if (this.#coding !== undefined) refuse('has two codings')
      this.#coding = value
    }
    return true
  }

  /** Where the body ends (RFC 9112 6.3). */
  #afterHeader(): boolean {
    if (!this.hasBegun) {
      this.isWelcome ||= this.#code === 100
      return this.#then(this.#statusLine)
    }
    const bodiless = this.#code === 204 || this.#code === 304
    if (this.#coding !== undefined) {
      if (this.#length !== undefined) refuse('has a length and a coding')
      if (!/^[\t ]*chunked *$/i.test(this.#coding)) refuse('has an unknown coding')
      return bodiless ? this.#complete() : this.#then(this.#chunkSize)
    }
    const [, length] = /^[\t ]*(\d{1,15})[\t ]*$/.exec(this.#length ?? '0') ?? []
    if (length === undefined) refuse('has a wrong length')
    if (bodiless) return this.#complete()
    if (this.#length === undefined) return this.#then(this.#untilTheEnd)
    this.#missing = Number(length)
    return this.#then(this.#untilTheLength)
  }

  #untilTheEnd(): boolean {
    this.#body += this.#rest
    this.#rest = ''
    return false
  }

  #untilTheLength(): boolean {
    this.#moveBody()
    return this.#missing === 0 && this.#complete()
  }

  #chunkSize(): boolean {
    const line = this.#line()
    if (line === undefined) return false
    // What a proxy may add to the size is of no use to us (RFC 9112 7.1.1).
    const [, size] = /^([0-9A-Fa-f]{1,12})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line) ?? []
    if (size === undefined) refuse('has a wrong chunk')
    this.#missing = parseInt(size, 16)
    return this.#then(this.#missing === 0 ? this.#trailer : this.#chunk)
  }

  #chunk(): boolean {
    this.#moveBody()
    return this.#missing === 0 && this.#then(this.#chunkEnd)
  }

  #chunkEnd(): boolean {
    const line = this.#line()
    if (line === undefined) {
      if (this.#rest.length > 1) refuse('has a wrong chunk')
      return false
    }
    if (line !== '') refuse('has a wrong chunk')
    return this.#then(this.#chunkSize)
  }

  #trailer(): boolean {
    const line = this.#line()
    if (line === undefined) return false
    if (line === '') return this.#complete()
    fieldIn(line)
    return true
  }

  /** The next line, without its CRLF; undefined while it has not come. */
  #line(): string | undefined {
    const end = this.#rest.indexOf('\r\n')
    if (end < 0) return undefined
    const line = this.#rest.slice(0, end)
    this.#rest = this.#rest.slice(end + 2)
    return line
  }

  #moveBody(): void {
    const more = this.#rest.slice(0, this.#missing)
    this.#body += more
    this.#missing -= more.length
    this.#rest = this.#rest.slice(more.length)
  }

  #then(step: () => boolean): boolean {
    this.#step = step
    return true
  }

  #complete(): boolean {
    this.reply = { code: this.#code, body: Buffer.from(this.#body, 'latin1').toString('utf8') }
    return false
  }
}

/** The name and the value of a header field (RFC 9112 5), blanks around the value left. */
function fieldIn(line: string): readonly [string, string] {
  const [, name, value = ''] = /^([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? []
  return name === undefined ? refuse('has a wrong header') : [name, value]
}

function refuse(what: string): never {
  throw new Fault('notThere', `the service's answer ${what}`)
}
