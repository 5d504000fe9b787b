import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { type Address, parseAddress } from '../../src/message/address.ts'
import type { Deadlines } from '../../src/delivery/_deadlines.ts'
import type {
  DeliveryEnd,
  Envelope,
  EnvelopeSource,
  Outcome,
  Relay,
} from '../../src/delivery/transport.ts'
import { smtpTransport } from '../../src/delivery/smtp.ts'
import { wireMessage } from '../../src/delivery/wire.ts'

/** Answers that are deeds. */
export const drop = 'DROP'
export const stall = 'STALL'
export const endless = 'ENDLESS'
export const trickle = 'TRICKLE'

export interface Said {
  /** The whole command. */
  readonly line: string
  /** Connections so far, this one included. */
  readonly connection: number
  /** Commands of this verb on this connection, this one included. */
  readonly count: number
}

type Answer = string | ((said: Said) => string | Promise<string>)
/** A verb by its first four letters: `STAR` is STARTTLS, which it knows only by the script. */
type Step =
  'greeting' | 'EHLO' | 'HELO' | 'STAR' | 'MAIL' | 'RCPT' | 'DATA' | 'dot' | 'RSET' | 'QUIT'

/** What a relay answers at each step, without the line end; many lines are joined by CRLF. */
export type Script = Partial<Record<Step | 'AUTH', Answer>> & {
  readonly offers?: readonly string[]
  readonly port?: number
  /** Forgets that it refused the sender. */
  readonly forgetful?: boolean
  /** Stops reading for so long after each chunk, in milliseconds. */
  readonly slow?: number
  /** Called for each chunk of a mail that comes in; may answer out of turn. */
  readonly onBody?: (say: (text: string) => void) => void
}

export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  /** Without the dots that were stuffed. */
  readonly bytes: Buffer
}

const plain: Partial<Record<Step, string>> = {
  greeting: '220 relay.example.net ready',
  EHLO: '',
  HELO: '250 relay.example.net',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go on',
  dot: '250 2.0.0 taken',
  RSET: '250 2.0.0 forgotten',
  QUIT: '221 2.0.0 bye',
}

/** A relay that does what it is told, for one test. */
export class ScriptedRelay implements AsyncDisposable {
  readonly mails: Mail[] = []
  readonly commands: string[] = []
  /** How many chunks of bytes came in: with PIPELINING, few. */
  chunks = 0
  connections = 0
  mostAtOnce = 0
  readonly #script: Script
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer({ noDelay: true }, (socket) => void this.#serve(socket))

  constructor(script: Script) {
    this.#script = script
  }

  async listen(host = '127.0.0.1', port = 0): Promise<this> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#sockets.size)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    try {
      await new Conversation(this, this.#script, socket, ++this.connections).run()
    } catch (thrown) {
      if (!/PREMATURE_CLOSE|ECONNRESET|EPIPE/.test(String((thrown as { code?: unknown }).code)))
        throw thrown
    }
  }
}

type Went = 'more' | 'gone' | 'data' | 'command'

class Conversation {
  readonly #relay: ScriptedRelay
  readonly #script: Script
  readonly #socket: Socket
  readonly #connection: number
  readonly #counts = new Map<Step, number>()
  #buffer: Buffer = Buffer.alloc(0)
  /** What came in behind `#buffer`; a large mail is put together once. */
  readonly #parts: Buffer[] = []
  #from = ''
  #begun = false
  #to: string[] = []

  constructor(relay: ScriptedRelay, script: Script, socket: Socket, connection: number) {
    this.#relay = relay
    this.#script = script
    this.#socket = socket
    this.#connection = connection
  }

  async run(): Promise<void> {
    if (!(await this.#answer('greeting', ''))) return
    let inData = false
    for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
      this.#relay.chunks++
      this.#parts.push(chunk)
      if (this.#script.slow !== undefined)
        await new Promise((resolve) => setTimeout(resolve, this.#script.slow).unref())
      for (;;) {
        if (inData && this.#parts.length > 0) this.#script.onBody?.((text) => this.#say(text))
        if (inData && this.#isFarFromEnd()) break
        this.#buffer = Buffer.concat([this.#buffer, ...this.#parts.splice(0)])
        const went: Went = inData ? await this.#mail() : await this.#command()
        if (went === 'gone') return
        if (went === 'more') break
        inData = went === 'data'
      }
    }
  }

  #isFarFromEnd(): boolean {
    const tail = Buffer.concat(this.#parts.slice(-2))
    return tail.length > 65_536 && !tail.includes('\r\n.\r\n')
  }

  async #command(): Promise<Went> {
    const end = this.#buffer.indexOf('\r\n')
    if (end < 0) return 'more'
    const line = this.#buffer.toString('latin1', 0, end)
    this.#buffer = this.#buffer.subarray(end + 2)
    this.#relay.commands.push(line)
    const verb = line.slice(0, 4) as Step
    if (verb === 'MAIL') {
      this.#from = line
      this.#to = []
    }
    const begun = this.#script.forgetful === true || !/^(RCPT|DATA)/.test(verb) || this.#begun
    const said = begun ? await this.#answer(verb, line) : this.#say('503 5.5.1 sender first')
    if (verb === 'MAIL') this.#begun = said?.startsWith('2') ?? false
    if (verb === 'RCPT' && said?.startsWith('2')) this.#to.push(line.replace(/^RCPT TO:/, ''))
    if (said === undefined) return 'gone'
    if (verb === 'QUIT') this.#socket.end()
    return verb === 'DATA' && said.startsWith('354') ? 'data' : 'command'
  }

  async #mail(): Promise<Went> {
    const text = this.#buffer
    const end = text.subarray(0, 3).equals(Buffer.from('.\r\n')) ? 0 : text.indexOf('\r\n.\r\n') + 2
    if (end === 1) return 'more'
    const bytes = Buffer.from(
      text.toString('latin1', 0, end).replace(/(^|\r\n)\./g, '$1'),
      'latin1',
    )
    this.#buffer = text.subarray(end + 3)
    const mail = { from: this.#from, to: this.#to, bytes }
    const said = await this.#answer('dot', '.')
    if (said === undefined) return 'gone'
    if (said.startsWith('2')) this.#relay.mails.push(mail)
    return 'command'
  }

  /** Answers as the script says; undefined when nothing more will be heard. */
  async #answer(step: Step, line: string): Promise<string | undefined> {
    const count = (this.#counts.get(step) ?? 0) + 1
    this.#counts.set(step, count)
    const scripted = this.#script[step]
    const said = { line, connection: this.#connection, count }
    const answer = typeof scripted === 'function' ? await scripted(said) : scripted
    const text = answer ?? (step === 'EHLO' ? this.#welcome() : plain[step])
    if (text === undefined) return this.#say('500 5.5.1 what?')
    switch (text) {
      case drop:
        this.#socket.destroy()
        return undefined
      case stall:
        return undefined
      case endless:
        while (!this.#socket.destroyed) await this.#flood('250-and another line\r\n')
        return undefined
      case trickle:
        for (let at = 0; !this.#socket.destroyed; at++) {
          this.#socket.write('250-slowly\r\n'[at % 12] ?? '')
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        return undefined
      default:
        if (!text.endsWith(drop)) return this.#say(text)
        this.#socket.end(`${text.slice(0, -drop.length)}\r\n`, 'latin1')
        return undefined
    }
  }

  #welcome(): string {
    const offers = this.#script.offers ?? ['PIPELINING', 'SIZE 50000000', '8BITMIME']
    const lines = ['relay.example.net', ...offers]
    return lines.map((line, n) => `250${n === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n')
  }

  #say(text: string): string {
    this.#socket.write(`${text}\r\n`, 'latin1')
    return text
  }

  async #flood(line: string): Promise<void> {
    if (this.#socket.write(line)) await new Promise(setImmediate)
    else await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')])
  }
}

/** Starts a relay for one test; leave the block and it is gone. */
export function relayThat(script: Script = {}): Promise<ScriptedRelay> {
  return new ScriptedRelay(script).listen()
}

/** Short enough for tests, long enough for a busy machine. */
export const quick: Partial<Deadlines> = { quit: 500, pause: 5, stop: 300 }

/** All steps with the same short deadline. */
export function within(ms: number): Partial<Deadlines> {
  const steps = ['connect', 'greeting', 'hello', 'mail', 'rcpt', 'data', 'block', 'dot'] as const
  return { ...quick, ...Object.fromEntries(steps.map((step) => [step, ms])) }
}

export function person(n: number): Address {
  return parseAddress(`user${n}@example.org`)
}

/** One envelope for each of `n` people, with a VERP sender. */
export function toEach(n: number): Envelope<number>[] {
  return Array.from({ length: n }, (_, index) => ({
    from: `talk+bounces-1-user${index + 1}=example.org@lists.example.net`,
    to: [person(index + 1)],
    note: index + 1,
  }))
}

export interface Answers {
  readonly end: DeliveryEnd
  /** `user1: sent body 250 2.0.0 taken`, in the order of settling. */
  readonly lines: readonly string[]
  readonly left: number
}

export const letter = Buffer.from('From: ann@example.org\nSubject: hello\n\n.dots\nand text\n')

/** Delivers envelopes to a relay and writes down what became of them. */
export async function deliver(
  relay: Pick<Relay, 'port'> & Partial<Relay>,
  envelopes: readonly Envelope<number>[],
  {
    mail = letter,
    deadlines = quick,
    signal,
    onSettled,
  }: {
    mail?: Buffer
    deadlines?: Partial<Deadlines>
    signal?: AbortSignal
    onSettled?: (note: number, outcomes: readonly Outcome[]) => void
  } = {},
): Promise<Answers> {
  const waiting = [...envelopes]
  const lines: string[] = []
  const source: EnvelopeSource<number> = {
    next: () => waiting.shift(),
    settled({ note }, outcomes) {
      onSettled?.(note, outcomes)
      for (const { to, result, stage, reply } of outcomes)
        lines.push(`${to.slice(0, to.indexOf('@'))}: ${result} ${stage} ${reply}`)
    },
  }
  const end = await smtpTransport({ deadlines }).deliver(
    {
      host: relay.host ?? '127.0.0.1',
      port: relay.port,
      helo: relay.helo ?? 'lists.example.net',
      connections: relay.connections ?? 1,
      ...(relay.security === undefined ? {} : { security: relay.security }),
    },
    wireMessage(mail),
    source,
    signal,
  )
  return { end, lines, left: waiting.length }
}
