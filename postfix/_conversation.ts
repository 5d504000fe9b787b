import type { ClientRequest, IncomingMessage } from 'node:http'
import { errnoOf } from '../src/base/fault.ts'
import { judge, later, type Answer } from './_answer.ts'

/** Milliseconds to wait for a service that does not say "100 Continue" (RFC 9110 10.1.1). */
const continueMs = 1_000

/** An answer is a few words of JSON. */
const mostAnswerBytes = 65_536

/** One request with a body, from connecting to the end of the answer. It never throws. */
export class Conversation {
  /** Comes in any case, at the deadline at the latest, and possibly before the body was sent. */
  readonly answer: Promise<Answer>
  readonly #request: ClientRequest
  readonly #welcome: Promise<void>
  #resolve: (answer: Answer) => void = () => undefined
  #over = false
  #ended = false
  #answering = false
  #trouble: Error | undefined

  /**
   * @param request nothing of its body sent; with `Expect: 100-continue`.
   * @param ms for all of it.
   */
  constructor(request: ClientRequest, ms: number) {
    this.#request = request
    this.answer = new Promise((resolve) => (this.#resolve = resolve))
    const timer = setTimeout(
      () => this.#settle(later('4.4.2', `the service took longer than ${Math.ceil(ms / 1000)} s`)),
      ms,
    )
    request.on('error', (thrown) => (this.#trouble = thrown))
    request.on('response', (response) => this.#read(response))
    request.on('close', () => {
      clearTimeout(timer)
      this.#settle(unreachable(this.#trouble))
    })
    this.#welcome = new Promise((resolve) => {
      const patience = setTimeout(resolve, continueMs)
      for (const event of ['continue', 'response', 'close'])
        request.once(event, () => {
          clearTimeout(patience)
          resolve()
        })
    })
  }

  /** Resolves when there is room for more, or when nothing more is wanted. */
  async write(chunk: Uint8Array): Promise<void> {
    await this.#welcome
    await lookForAnswer()
    if (this.#over || this.#answering || this.#request.write(chunk)) return
    const drained = new Promise((resolve) => this.#request.once('drain', resolve))
    await Promise.race([drained, this.answer])
  }

  /** The mail is complete. Only now can the service have taken it. */
  async end(): Promise<void> {
    await this.#welcome
    if (this.#over || this.#answering) return
    this.#ended = true
    this.#request.end()
  }

  /** Breaks off; a service that has not yet answered must not take what it has for a mail. */
  abandon(): void {
    this.#settle(later('4.4.2', 'broken off'))
  }

  #read(response: IncomingMessage): void {
    this.#answering = true
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > mostAnswerBytes) this.#settle(later('4.3.0', "the service's answer has no end"))
    })
    response.on('error', (thrown) => (this.#trouble = thrown))
    response.on('end', () => {
      const code = response.statusCode ?? 0
      // It must not believe that it has a mail whose end we still hold.
      const early = code < 300 && !this.#ended
      this.#settle(
        early
          ? later('4.3.0', 'the service answers before it has the whole mail')
          : judge(code, Buffer.concat(chunks).toString('utf8')),
      )
    })
  }

  #settle(answer: Answer): void {
    if (this.#over) return
    this.#over = true
    this.#resolve(answer)
    this.#request.destroy()
  }
}

/**
 * Lets what has come be read before more is written: writing to a service that has answered and
 * closed breaks the connection, and Node then forgets what is still unread. Two turns, because the
 * first ends before the next look at the sockets.
 */
async function lookForAnswer(): Promise<void> {
  for (const _ of [1, 2]) await new Promise((resolve) => setImmediate(resolve))
}

/** Why there is no answer; codes as in RFC 3463 3.5. */
export function unreachable(thrown: Error | undefined): Answer {
  const code = errnoOf(thrown)
  const why = code ?? thrown?.message ?? 'it closed the connection without an answer'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return later('4.4.3', `no such host (${why})`)
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === undefined)
    return later('4.4.2', `the connection to the service broke (${why})`)
  return later('4.4.1', `the service cannot be reached (${why})`)
}
