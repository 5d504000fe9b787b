import type { Socket } from 'node:net'
import { Session, type Line, type Office } from './_session.ts'

export interface Patience {
  /** How long the client may take from one reply to the next, a whole mail included (milliseconds). */
  readonly replyMs: number
  /** How long it may say nothing at all (milliseconds; RFC 5321 4.5.3.2.7 asks for five minutes). */
  readonly silenceMs: number
}

/** How long a client has for reading the last reply (milliseconds). */
const farewellMs = 1_000

/** A socket with a session on it. Nothing on it hangs: each wait has its end. */
export class Connection implements Line {
  readonly #socket: Socket
  readonly #session: Session
  readonly #deadline: NodeJS.Timeout
  isChoked = false

  constructor(socket: Socket, office: Office, { replyMs, silenceMs }: Patience) {
    this.#socket = socket
    // Each byte would begin the silence anew, and one a minute would hold us for ever.
    this.#deadline = setTimeout(() => this.#late(), replyMs)
    socket.setTimeout(silenceMs)
    socket.on('timeout', () => this.#late())
    this.#session = new Session(office, this)
    socket.on('data', (chunk: Buffer) => this.#session.take(chunk))
    socket.on('end', () => this.#session.end())
    socket.on('drain', () => {
      this.isChoked = false
      this.#session.proceed()
    })
    // A client that dies is no news; 'close' follows.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(this.#deadline)
      this.#session.lose()
    })
  }

  /** A client that waits for us is not slow. */
  #late(): void {
    if (this.#session.owesInput) this.#session.expire()
    else this.#deadline.refresh()
  }

  say(replies: string): void {
    this.#deadline.refresh()
    // While an older reply waits, write() may say that there is room, and 'drain' still comes.
    this.isChoked = !this.#socket.write(replies, 'latin1') || this.#socket.writableNeedDrain
  }

  hangUp(): void {
    clearTimeout(this.#deadline)
    this.#socket.removeAllListeners('data')
    // What still comes is read and thrown away: closed with it unread, the last reply might be lost.
    this.#socket.resume()
    this.#socket.end()
    this.#socket.setTimeout(0)
    setTimeout(() => this.#socket.destroy(), farewellMs).unref()
  }

  listen(may: boolean): void {
    if (may === this.#socket.isPaused()) may ? this.#socket.resume() : this.#socket.pause()
  }

  /** Tells a client that this is the end, now or behind the mail that is coming in. */
  stop(): void {
    this.#session.stop()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
