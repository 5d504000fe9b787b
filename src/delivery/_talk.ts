import type { Socket } from 'node:net'
import { realChance } from '../base/chance.ts'
import { type Reply, ReplyReader, isLast, replyText } from './_reply.ts'

const blockSize = 262_144
const mostGathered = 65_536

/**
 * One connection to a relay. Nothing here throws: when the connection ends, for whatever reason,
 * what has been received can still be read, and then every reply is the end itself (`isLast`).
 */
export class Talk {
  #socket: Socket
  readonly #reader = new ReplyReader()
  #replies: Reply[] = []
  #owed = 0
  #end: Reply | undefined
  #waiting: ((reply: Reply) => void) | undefined
  #draining: (() => void) | undefined
  #connecting: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity
  #due = Infinity
  #latest = Infinity
  #room = Buffer.alloc(0)

  /** Takes a socket that is connecting. */
  constructor(socket: Socket) {
    this.#socket = socket
    this.#listen(socket)
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true)
    socket.on('connect', () => this.#connecting?.())
    socket.on('data', (chunk: Buffer) => {
      const why = this.#end ?? this.#reader.read(chunk, this.#take)
      if (typeof why === 'string') this.lose(`the relay ${why}`)
    })
    socket.on('drain', () => this.#draining?.())
    socket.on('error', (error) => this.lose(`the connection failed: ${reasonOf(error)}`))
    socket.on('close', () => this.lose('the relay closed the connection'))
    socket.on('end', () => this.lose('the relay closed the connection'))
  }

  /** The reply that ended this, or undefined while more can be said. */
  get end(): Reply | undefined {
    return this.#end
  }

  /** How many replies have come that nobody has asked for yet. */
  get ready(): number {
    return this.#replies.length
  }

  /** Resolves when the connection is there, or has failed. */
  async connected(ms: number): Promise<void> {
    if (this.#end || !this.#socket.connecting) return
    await new Promise<void>((resolve) => {
      this.#connecting = resolve
      this.#expire(ms)
    })
    this.#connecting = undefined
  }

  /**
   * Puts TLS around the connection (RFC 3207). What the relay, or somebody between us, has said
   * without being asked would be believed as if it had come through TLS: it ends the connection.
   *
   * @param wrap gives a TLS socket on top of ours; it must destroy itself when the handshake fails.
   */
  async secure(wrap: (socket: Socket) => Socket, ms: number): Promise<void> {
    if (this.#end) return
    if (this.#replies.length > 0 || !this.#reader.isEmpty) {
      this.lose('the relay said more than it was asked before TLS')
      return
    }
    const plain = this.#socket
    for (const event of ['connect', 'data', 'drain', 'end', 'close'])
      plain.removeAllListeners(event)
    const secured = wrap(plain)
    this.#socket = secured
    this.#listen(secured)
    await new Promise<void>((resolve) => {
      this.#connecting = resolve
      secured.once('secureConnect', resolve)
      this.#expire(ms)
    })
    this.#connecting = undefined
  }

  /** Sends whole lines to which the relay owes so many replies. */
  say(lines: string, replies: number): void {
    if (this.#end) return
    this.#owed += replies
    this.#socket.write(lines, 'latin1')
  }

  /** Counts replies that come without a command of ours: the greeting. */
  expect(replies: number): void {
    this.#owed += replies
  }

  /** One command, one reply. */
  ask(line: string, ms: number): Reply | Promise<Reply> {
    this.say(line, 1)
    return this.reply(ms)
  }

  /** The next reply, which may take `ms` milliseconds, however it trickles in. */
  reply(ms: number): Reply | Promise<Reply> {
    const ready = this.#replies.shift() ?? this.#end
    if (ready) return ready
    return new Promise((resolve) => {
      this.#waiting = resolve
      this.#expire(ms)
    })
  }

  /**
   * Sends a mail's bytes and then lines, without keeping more than a block of them waiting here. A
   * reply that comes too early stops it: the connection cannot be used any more, but if the reply
   * is a refusal it can be read. `ms` is for each block.
   */
  async pour(pieces: readonly Buffer[], lines: string, replies: number, ms: number): Promise<void> {
    if (this.#end) return
    this.#owed += replies
    const gathered = this.#gathered(pieces, lines)
    if (gathered) this.#socket.write(gathered)
    else if (await this.#inBlocks(pieces, ms)) {
      this.#socket.write(lines, 'latin1')
      this.#socket.uncork()
    } else return
    if (this.#socket.writableNeedDrain) await this.#drained(ms)
  }

  /**
   * Few bytes go to the kernel quickest in one piece. It lies in memory that is used again for the
   * next mail, unless some of it is still on its way, as when the relay replies before it has all.
   */
  #gathered(pieces: readonly Buffer[], lines: string): Buffer | undefined {
    const length = pieces.reduce((sum, piece) => sum + piece.length, lines.length)
    if (length > mostGathered || this.#socket.writableLength > 0) return undefined
    if (this.#room.length < length) this.#room = Buffer.allocUnsafeSlow(length * 2)
    let at = 0
    for (const piece of pieces) at += piece.copy(this.#room, at)
    at += this.#room.write(lines, at, 'latin1')
    return this.#room.subarray(0, at)
  }

  /** Leaves the socket corked behind the last block; false when the connection is of no use any more. */
  async #inBlocks(pieces: readonly Buffer[], ms: number): Promise<boolean> {
    this.#socket.cork()
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += blockSize) {
        this.#socket.write(piece.length > blockSize ? piece.subarray(at, at + blockSize) : piece)
        if (this.#socket.writableLength < blockSize) continue
        this.#socket.uncork()
        await this.#drained(ms)
        if (this.#end || this.#tooEarly()) return false
        this.#socket.cork()
      }
    }
    return true
  }

  /** From now on, nothing takes longer than this many milliseconds altogether. */
  hurry(ms: number): void {
    this.#latest = realChance.ticks() + ms
    if (this.#isWaiting()) this.#expire(Math.max(0, this.#due - realChance.ticks()))
  }

  /** Says goodbye if there is somebody to say it to. */
  async quit(ms: number): Promise<void> {
    if (this.#end) return
    this.say('QUIT\r\n', 1)
    await this.reply(ms)
    this.lose('done')
  }

  /** Ends the connection for a local reason, or for the one that the socket gives. */
  lose(why: string): Reply {
    return this.#finish({ code: 0, lines: [why] })
  }

  #finish(end: Reply): Reply {
    if (this.#end) return this.#end
    this.#end = end
    this.#socket.destroy()
    clearTimeout(this.#timer)
    this.#draining?.()
    this.#connecting?.()
    this.#waiting?.(end)
    this.#waiting = undefined
    return end
  }

  #take = (reply: Reply): void => {
    if (this.#end) return
    if (this.#owed === 0 && !isLast(reply)) {
      this.lose(`the relay said ${JSON.stringify(replyText(reply))} without being asked`)
      return
    }
    this.#owed--
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) waiting(reply)
    else this.#replies.push(reply)
    if (isLast(reply)) this.#finish(reply)
  }

  #tooEarly(): boolean {
    const [reply] = this.#replies
    if (!reply) return false
    if (reply.code < 400) this.#replies = []
    this.lose(`the relay said ${JSON.stringify(replyText(reply))} before the mail was complete`)
    return true
  }

  async #drained(ms: number): Promise<void> {
    if (!this.#socket.writableNeedDrain) return
    await new Promise<void>((resolve) => {
      this.#draining = resolve
      this.#expire(ms)
    })
    this.#draining = undefined
  }

  #isWaiting(): boolean {
    return (this.#waiting ?? this.#draining ?? this.#connecting) !== undefined
  }

  // A timer for each reply would cost more than the reply: one that is too early looks again.
  #expire(ms: number): void {
    const now = realChance.ticks()
    this.#due = Math.min(now + ms, this.#latest)
    if (this.#due < this.#timerAt) this.#arm(this.#due - now)
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = this.#due
    this.#timer = setTimeout(this.#rung, Math.max(0, ms))
  }

  #rung = (): void => {
    this.#timerAt = Infinity
    if (this.#end || !this.#isWaiting()) return
    const left = this.#due - realChance.ticks()
    if (left > 0) return this.#arm(left)
    const what = this.#connecting ? 'accept us' : this.#draining ? 'take the mail' : 'answer'
    this.lose(`the relay did not ${what} in time`)
  }
}

/** A name with several addresses fails with one error for each, and no message of its own. */
function reasonOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message
  return error.errors.map((one: unknown) => (one instanceof Error ? one.message : '')).join('; ')
}
