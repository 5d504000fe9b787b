import type { Socket } from 'node:net'
import { AnswerReader } from './_answer-reader.ts'
import { judge, later, type Answer } from './_answer.ts'
import { listenTo, type Outcome } from './_listen-to.ts'
import type { Service } from './_service.ts'

/** Milliseconds to wait for a service that does not say "100 Continue" (RFC 9110 10.1.1). */
const continueMs = 1_000

/** A mail up to this size is sent at once, without asking whether it is welcome. */
const mostHeld = 32_768

/** One mail on its way, from connecting to the end of the answer. It never throws. */
export class Conversation {
  /** Comes in any case, at the deadline at the latest, and possibly before the body was sent. */
  readonly answer: Promise<Answer>
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  /** The head of the request, without the length of what follows it. */
  readonly #head: string
  /** Resolves when the service listens, or never will. */
  readonly #open: Promise<void>
  /** Resolves when the service wants a mail that it was told of; undefined while it was not. */
  #welcome: Promise<void> | undefined
  /** The mail, as long as it may become a small one. */
  readonly #held: Uint8Array[] = []
  #heldBytes = 0
  #resolve: (answer: Answer) => void = () => undefined
  #over = false
  #ended = false

  /**
   * @param path made by messagesPath().
   * @param ms for all of it.
   */
  constructor(service: Service, path: string, ms: number) {
    const { socket, opens } = service.connect()
    this.#socket = socket
    this.#head = `${service.head('POST', path)}\r\nContent-Type: message/rfc822\r\n`
    this.answer = new Promise((resolve) => (this.#resolve = resolve))
    const timer = setTimeout(
      () => this.#settle(later('4.4.2', `the service took longer than ${Math.ceil(ms / 1000)} s`)),
      ms,
    )
    listenTo(socket, this.#reader, (outcome) => this.#hear(outcome))
    this.#open = new Promise((resolve) => {
      socket.once(opens, () => resolve())
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Resolves when there is room for more, or when nothing more is wanted. */
  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#isWanted()) return
    if (this.#welcome === undefined) {
      this.#held.push(chunk)
      this.#heldBytes += chunk.length
      if (this.#heldBytes <= mostHeld) return
      await this.#open
      if (!this.#isWanted()) return
      this.#socket.write(`${this.#head}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n`)
      this.#welcome = this.#becomeWelcome()
      return await this.#send(Buffer.concat(this.#held.splice(0)))
    }
    await this.#send(chunk)
  }

  /** The mail is complete. Only now can the service have taken it. */
  async end(): Promise<void> {
    await (this.#welcome ?? this.#open)
    await lookForAnswer()
    if (!this.#isWanted()) return
    this.#ended = true
    if (this.#welcome !== undefined) this.#socket.write('0\r\n\r\n')
    else {
      const head = Buffer.from(`${this.#head}Content-Length: ${this.#heldBytes}\r\n\r\n`, 'latin1')
      this.#socket.write(Buffer.concat([head, ...this.#held]))
    }
  }

  /** Breaks off; a service that has not yet answered must not take what it has for a mail. */
  abandon(): void {
    this.#settle(later('4.4.2', 'broken off'))
  }

  /** As a chunk (RFC 9112 7.1); one of no bytes would be the end. */
  async #send(chunk: Uint8Array): Promise<void> {
    await this.#welcome
    await lookForAnswer()
    if (!this.#isWanted() || chunk.length === 0) return
    this.#socket.cork()
    this.#socket.write(`${chunk.length.toString(16)}\r\n`)
    this.#socket.write(chunk)
    const hasRoom = this.#socket.write('\r\n')
    this.#socket.uncork()
    if (hasRoom) return
    const drained = new Promise((resolve) => this.#socket.once('drain', resolve))
    await Promise.race([drained, this.answer])
  }

  #isWanted(): boolean {
    return !this.#over && !this.#reader.hasBegun
  }

  #becomeWelcome(): Promise<void> {
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, continueMs)
      const look = () => {
        if (this.#isWanted() && !this.#reader.isWelcome) return
        clearTimeout(patience)
        resolve()
      }
      for (const event of ['data', 'close']) this.#socket.on(event, look)
    })
  }

  #hear(outcome: Outcome): void {
    if (!('code' in outcome)) return this.#settle(outcome)
    // It must not believe that it has a mail whose end we still hold.
    const early = outcome.code < 300 && !this.#ended
    this.#settle(
      early
        ? later('4.3.0', 'the service answers before it has the whole mail')
        : judge(outcome.code, outcome.body),
    )
  }

  #settle(answer: Answer): void {
    if (this.#over) return
    this.#over = true
    this.#resolve(answer)
    this.#socket.destroy()
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
