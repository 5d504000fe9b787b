import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { until } from './_until.ts'

/** A mail that the sink has taken: everything a list says about it on the wire. */
export interface Transaction {
  readonly connection: number
  /** What EHLO or HELO said. */
  readonly helo: string
  /** Between the brackets of MAIL FROM and behind them. */
  readonly from: string
  readonly parameters: string
  /** The accepted recipients, in order. */
  readonly to: readonly string[]
  /** The bytes as sent, dots un-stuffed, without the final dot. */
  readonly mail: Buffer
}

export interface Step {
  readonly verb: 'greeting' | 'EHLO' | 'HELO' | 'MAIL' | 'RCPT' | 'DATA' | '.' | 'RSET' | 'QUIT'
  readonly argument: string
  readonly connection: number
  /** How often this verb has come to this sink, counted from 1. */
  readonly count: number
}

/** A reply line (or several, joined by CRLF); or what a bad server does instead of answering. */
export type Answer = string | 'drop' | 'stall' | undefined

export interface SinkOptions {
  /** What EHLO offers. */
  readonly features?: readonly string[]
  /** Says what to answer to a step; undefined for what a healthy server says. */
  readonly answer?: (step: Step) => Answer | Promise<Answer>
}

const healthy = {
  greeting: '220 sink.example.net ready',
  EHLO: '',
  HELO: '250 sink.example.net',
  MAIL: '250 2.1.0 sender taken',
  RCPT: '250 2.1.5 recipient taken',
  DATA: '354 go on',
  '.': '250 2.0.0 mail taken',
  RSET: '250 2.0.0 forgotten',
  QUIT: '221 2.0.0 good day',
} as const satisfies Record<Step['verb'], string>

/** Starts an SMTP server on a free port of 127.0.0.1 that keeps what it is sent. */
export async function startSink(options: SinkOptions = {}, port = 0): Promise<Sink> {
  const sink = new Sink(options)
  await sink.listen(port)
  return sink
}

export class Sink {
  /** The mails taken so far, in the order of their final replies. */
  readonly taken: Transaction[] = []
  /** Everything that clients said. */
  readonly steps: Step[] = []
  readonly #options: SinkOptions
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  #connections = 0

  constructor(options: SinkOptions) {
    this.#options = options
  }

  get port(): number {
    return this.#port
  }

  async listen(port: number): Promise<void> {
    const server = createServer((socket) => this.#converse(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
  }

  /** The taken mails, as soon as there are `count` of them. Fails after `ms`, or when more came. */
  async waitFor(count: number, ms = 10_000): Promise<readonly Transaction[]> {
    await until(
      () => this.taken.length >= count,
      ms,
      () => `${this.taken.length} of ${count} mails`,
    )
    assert.equal(this.taken.length, count, 'more mails came than expected')
    return this.taken
  }

  /** Everybody who was sent a mail, sorted; twice if it was two. */
  recipients(): string[] {
    return this.taken.flatMap(({ to }) => to).sort()
  }

  /** Hangs up on everybody and stops listening, as a relay that goes down does. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #converse(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => this.#sockets.delete(socket))
    const session = new Session(socket, ++this.#connections, this)
    session.run().catch((thrown: NodeJS.ErrnoException) => {
      // A client that dies, or close() above, ends a conversation anywhere.
      const hungUp = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']
      if (!hungUp.includes(thrown.code ?? '') && thrown.name !== 'AbortError') throw thrown
    })
  }

  /** Notes a step and decides what to answer. */
  async answerTo(verb: Step['verb'], argument: string, connection: number): Promise<Answer> {
    const count = this.steps.filter((step) => step.verb === verb).length + 1
    const step = { verb, argument, connection, count }
    this.steps.push(step)
    return (await this.#options.answer?.(step)) ?? (healthy[verb] || this.#ehloReply())
  }

  #ehloReply(): string {
    const features = this.#options.features ?? ['PIPELINING', '8BITMIME', 'SMTPUTF8']
    const lines = ['sink.example.net', ...features]
    return lines.map((line, n) => `250${n === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n')
  }
}

class Session {
  readonly #socket: Socket
  readonly #connection: number
  readonly #sink: Sink
  readonly #chunks: AsyncIterator<Buffer>
  #input = Buffer.alloc(0)
  #helo = ''
  /** Undefined outside a transaction. */
  #from: string | undefined
  #parameters = ''
  #to: string[] = []

  constructor(socket: Socket, connection: number, sink: Sink) {
    this.#socket = socket
    this.#connection = connection
    this.#sink = sink
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  async run(): Promise<void> {
    await this.#reply('greeting', '')
    for (;;) {
      const line = (await this.#upTo('\r\n'))?.toString('latin1')
      if (line === undefined) return
      const [verb = '', argument = ''] = cut(line, ' ')
      if (!(await this.#command(verb.toUpperCase(), argument))) return
    }
  }

  /** False when the conversation is over. */
  async #command(verb: string, argument: string): Promise<boolean> {
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        this.#helo = argument
        this.#from = undefined
        this.#to = []
        return (await this.#reply(verb, argument)) !== 'over'
      case 'RSET':
        this.#from = undefined
        this.#to = []
        return (await this.#reply('RSET', argument)) !== 'over'
      case 'MAIL': {
        const [, from = '', parameters = ''] = /^FROM:\s*<([^>]*)>(.*)$/i.exec(argument) ?? []
        const done = await this.#reply('MAIL', argument)
        if (done === 'good') [this.#from, this.#parameters, this.#to] = [from, parameters, []]
        return done !== 'over'
      }
      case 'RCPT': {
        if (this.#from === undefined) return this.#refuse('503 5.5.1 from whom?')
        const done = await this.#reply('RCPT', argument)
        const address = /^TO:\s*<([^>]*)>/i.exec(argument)?.[1] ?? `?? ${argument}`
        if (done === 'good') this.#to.push(address)
        return done !== 'over'
      }
      case 'DATA':
        return this.#data()
      case 'QUIT':
        await this.#reply('QUIT', argument)
        this.#socket.end()
        return false
      default:
        return this.#refuse('500 5.5.2 what is that?')
    }
  }

  async #data(): Promise<boolean> {
    if (this.#from === undefined || this.#to.length === 0)
      return this.#refuse('554 5.5.1 nobody would get it')
    const started = await this.#reply('DATA', '')
    if (started !== 'good') return started !== 'over'
    this.#input = Buffer.concat([Buffer.from('\r\n'), this.#input])
    const data = await this.#upTo('\r\n.\r\n')
    if (data === undefined) return false
    const text = `${data.toString('latin1')}\r\n`.replace(/\r\n\./g, '\r\n').slice(2)
    const transaction: Transaction = {
      connection: this.#connection,
      helo: this.#helo,
      from: this.#from,
      parameters: this.#parameters.trim(),
      to: this.#to,
      mail: Buffer.from(text, 'latin1'),
    }
    this.#from = undefined
    this.#to = []
    const done = await this.#reply('.', '', () => this.#sink.taken.push(transaction))
    return done !== 'over'
  }

  /** Says that a step makes no sense here; the conversation goes on. */
  #refuse(why: string): true {
    this.#socket.write(`${why}\r\n`)
    return true
  }

  /** Sends the answer; `onGood` runs just before a good one leaves. */
  async #reply(
    verb: Step['verb'],
    argument: string,
    onGood?: () => void,
  ): Promise<'good' | 'bad' | 'over'> {
    const answer = await this.#sink.answerTo(verb, argument, this.#connection)
    if (answer === 'stall')
      return new Promise((resolve) => this.#socket.once('close', () => resolve('over')))
    if (answer === 'drop' || answer === undefined || this.#socket.destroyed) {
      this.#socket.destroy()
      return 'over'
    }
    const good = /^[23]/.test(answer)
    if (good) onGood?.()
    this.#socket.write(`${answer}\r\n`)
    return good ? 'good' : 'bad'
  }

  /** The input before the next `mark`, which is taken too; undefined when the client hangs up. */
  async #upTo(mark: string): Promise<Buffer | undefined> {
    for (let searched = 0; ;) {
      const at = this.#input.indexOf(mark, searched)
      if (at >= 0) {
        const found = this.#input.subarray(0, at)
        this.#input = this.#input.subarray(at + mark.length)
        return found
      }
      searched = Math.max(0, this.#input.length - mark.length)
      const { value, done } = await this.#chunks.next()
      if (done === true) return undefined
      this.#input = Buffer.concat([this.#input, value])
    }
  }
}

function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** How many ports deadPort() has tried. */
let given = 0

/**
 * A port of 127.0.0.1 where nobody listens: a relay that is down, or a server that comes later. Below
 * those that systems give to connections (from 32768 on Linux), so that none of them takes it meanwhile; each
 * program that runs tests has its own hundred, so that two of them do not get the same.
 */
export async function deadPort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + ((process.pid * 100 + given++) % 12_000)
    try {
      const sink = await startSink({}, port)
      await sink.close()
      return port
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown
    }
  }
  throw new Error('no port is free')
}
