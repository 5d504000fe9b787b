/** What the relay answered. `code` 0 means that the connection ended instead; the text says why. */
export interface Reply {
  readonly code: number
  readonly lines: readonly string[]
}

/** RFC 5321 4.5.3.1.5 allows 512 bytes; enough more for whoever is talkative, and an end to it. */
const longestLine = 4_096
const mostLines = 200
const mostBytes = 65_536

/** Cuts what a relay sends into replies. */
export class ReplyReader {
  #rest = ''
  #lines: string[] = []
  #bytes = 0

  /** Whether nothing has been read of a reply that is not complete yet. */
  get isEmpty(): boolean {
    return this.#rest === '' && this.#lines.length === 0
  }

  /** Gives each complete reply to `take`; answers with why this is no SMTP, if it is none. */
  read(chunk: Buffer, take: (reply: Reply) => void): string | undefined {
    const text = this.#rest + chunk.toString('latin1')
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end)
      start = end + 1
      const why = this.#line(line, take)
      if (why !== undefined) return why
    }
    this.#rest = text.slice(start)
    return this.#rest.length > longestLine ? 'sent a line without end' : undefined
  }

  #line(line: string, take: (reply: Reply) => void): string | undefined {
    const code = codeOf(line)
    const between = line[3]
    if (code === undefined || !(between === undefined || between === ' ' || between === '-'))
      return `said ${JSON.stringify(line.slice(0, 80))}, which is no reply`
    this.#bytes += line.length
    if (line.length > longestLine || this.#bytes > mostBytes) return 'sent a reply without end'
    if (this.#lines.push(line.slice(4)) > mostLines) return 'sent a reply without end'
    if (between === '-') return undefined
    const lines = this.#lines
    this.#lines = []
    this.#bytes = 0
    take({ code, lines })
    return undefined
  }
}

/** Three digits of which the first is 2 to 5 (RFC 5321 4.2). */
function codeOf(line: string): number | undefined {
  const [first, second, third] = [digitAt(line, 0), digitAt(line, 1), digitAt(line, 2)]
  const isCode = first >= 2 && first <= 5 && second >= 0 && second <= 9 && third >= 0 && third <= 9
  return isCode ? first * 100 + second * 10 + third : undefined
}

/** NaN behind the end; what is no digit is below 0 or above 9. */
function digitAt(line: string, at: number): number {
  return line.charCodeAt(at) - 48
}

/** A reply as one line for the log, without control characters. */
export function replyText({ code, lines }: Reply): string {
  const text = code === 0 ? lines.join(' ') : `${code} ${lines.join(' ')}`
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, 512)
}

export function isYes({ code }: Reply): boolean {
  return code >= 200 && code < 300
}

/** Whether the relay refuses for good. */
export function isNever({ code }: Reply): boolean {
  return code >= 500
}

/** Whether the relay takes no more recipients in this transaction (RFC 5321 4.5.3.1.10). */
export function isTooMany({ code, lines: [text = ''] }: Reply): boolean {
  return code === 452 && (/^4\.5\.3\b/.test(text) || /^(?!\d\.).*too many recipients/i.test(text))
}

/** Whether nothing more comes on this connection: it ended, or 421 announced that it will. */
export function isLast({ code }: Reply): boolean {
  return code === 0 || code === 421
}
