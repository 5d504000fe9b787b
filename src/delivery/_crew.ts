import { setMaxListeners } from 'node:events'
import { Ahead, converse, type Work } from './_converse.ts'
import type { Deadlines } from './_deadlines.ts'
import { type Connect, type Greeting, greet } from './_hello.ts'
import { Job, type JobOwner } from './_job.ts'
import type { Offers } from './_offers.ts'
import { replyText } from './_reply.ts'
import type { Talk } from './_talk.ts'
import { type Transaction, nextTransaction } from './_transaction.ts'
import type {
  DeliveryEnd,
  Envelope,
  EnvelopeSource,
  Relay,
  RelayOffers,
  WireMessage,
} from './transport.ts'

/** Connections in a row that came to nothing before a relay is left alone. */
const mostFailures = 3
const mostJoined = 65_536

/**
 * The connections that share one source. There is one at first; each mail that got through may bring
 * one more, while there is work. One that comes to nothing is missed only when it was the last.
 */
export class Crew<Note> implements Work<Note>, JobOwner<Note> {
  readonly #relay: Relay
  readonly #source: EnvelopeSource<Note>
  readonly #message: WireMessage
  readonly #connect: Connect
  readonly #deadlines: Deadlines
  readonly #head: readonly Buffer[]
  readonly #rest: readonly Buffer[]
  readonly #whole: readonly Buffer[]
  /** Aborted when no new connection is wanted. */
  readonly #enough = new AbortController()
  readonly #talks = new Set<Talk>()
  readonly #workers: Promise<void>[] = []
  readonly #waiting: Job<Note>[] = []
  #asking: Promise<void> | undefined
  #emptied = false
  #unsettled = 0
  #alive = 0
  #most: number
  #failures = 0
  /** What the relay takes in one transaction, as far as it has shown. */
  #rcptMax = Infinity
  #reached = false
  #verb: Greeting = 'EHLO'
  #trouble: string | undefined
  #fault: { readonly thrown: unknown } | undefined
  readonly ahead = new Ahead()
  stopped = false

  constructor(
    relay: Relay,
    message: WireMessage,
    source: EnvelopeSource<Note>,
    connect: Connect,
    deadlines: Deadlines,
  ) {
    this.#relay = relay
    this.#source = source
    this.#message = message
    this.#connect = connect
    this.#deadlines = deadlines
    this.#most = relay.connections
    setMaxListeners(0, this.#enough.signal)
    const { pieces, headPieces } = message
    this.#head = joined(pieces.slice(0, headPieces))
    this.#rest = joined(pieces.slice(headPieces))
    this.#whole = joined(pieces)
  }

  async run(signal: AbortSignal | undefined): Promise<DeliveryEnd> {
    const stop = (): void => this.#stop()
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    else this.#hire()
    for (const worker of this.#workers) await worker
    signal?.removeEventListener('abort', stop)
    for (const job of this.#waiting) job.giveUp(this.#trouble ?? 'stopped')
    if (this.#fault) throw this.#fault.thrown
    return { emptied: this.#emptied, trouble: this.#trouble }
  }

  async take(offers: Offers): Promise<Transaction<Note> | undefined> {
    while (!this.stopped) {
      const rcptMax = Math.min(offers.rcptMax, this.#rcptMax)
      const job = this.#waiting.pop() ?? (await this.#fromSource({ xverp: offers.xverp, rcptMax }))
      if (!job) return undefined
      const transaction = nextTransaction(job, this.#message, offers, rcptMax)
      if (job.isWaiting) this.waiting(job)
      if (transaction) return transaction
    }
    return undefined
  }

  copyFor({ job }: Transaction<Note>): readonly Buffer[] {
    const { headerLine } = job.envelope
    if (headerLine === undefined) return this.#whole
    const stuffed = headerLine.startsWith('.') ? `.${headerLine}` : headerLine
    return [...this.#head, Buffer.from(`${stuffed}\r\n`, 'latin1'), ...this.#rest]
  }

  completed(): void {
    this.#failures = 0
    if (this.#alive < this.#most && this.#hasWork()) this.#hire()
  }

  settled(job: Job<Note>): void {
    this.#source.settled(job.envelope, job.outcomes)
    this.#unsettled--
    this.#perhapsEnough()
  }

  waiting(job: Job<Note>): void {
    this.#waiting.push(job)
  }

  limited(most: number): void {
    this.#rcptMax = Math.min(this.#rcptMax, most)
  }

  #hasWork(): boolean {
    return !this.stopped && (this.#waiting.length > 0 || !this.#emptied)
  }

  #hire(): void {
    this.#alive++
    const work = this.#work().finally(() => this.#alive--)
    this.#workers.push(work.catch((thrown: unknown) => this.#fail(thrown)))
  }

  async #work(): Promise<void> {
    while (this.#hasWork()) {
      if (await this.#connection()) continue
      if (this.#alive > 1) {
        // The relay has let in as many of us as it wants.
        this.#most = this.#alive - 1
        return
      }
      this.#failures++
      if (!this.#reached || this.#failures >= mostFailures) return this.#stop()
      await pause(this.#deadlines.pause, this.#enough.signal)
    }
  }

  /** One connection from greeting to goodbye; answers whether it was of any use. */
  async #connection(): Promise<boolean> {
    const enough = this.#enough.signal
    const hello = await greet(this.#relay, this.#verb, this.#connect, this.#deadlines, enough)
    if (!hello.ready) {
      if (enough.aborted) return true
      this.#trouble = replyText(hello.reply)
      if (hello.stage === 'hello') this.#reached = true
      if (hello.tryHelo) this.#verb = 'HELO'
      return false
    }
    const { talk, offers } = hello
    this.#reached = true
    this.#talks.add(talk)
    try {
      const completed = await converse(talk, offers, this, this.#deadlines)
      const lost = talk.end
      if (lost && !this.stopped) this.#trouble = replyText(lost)
      await talk.quit(this.#deadlines.quit)
      return !lost || completed > 0
    } finally {
      talk.lose('done')
      this.#talks.delete(talk)
    }
  }

  /** The next envelope; sources are asked one question at a time. */
  async #fromSource(offers: RelayOffers): Promise<Job<Note> | undefined> {
    while (this.#asking) await this.#asking
    if (this.stopped || this.#emptied) return undefined
    try {
      const answer = this.#source.next(offers)
      const envelope = answer instanceof Promise ? await this.#answered(answer) : answer
      if (envelope) return this.#taken(envelope)
      this.#emptied = true
      this.#perhapsEnough()
    } catch (thrown) {
      // Rethrown by run(), after the mails on their way have been answered for.
      this.#fail(thrown)
    }
    return undefined
  }

  async #answered<T>(answer: Promise<T>): Promise<T> {
    // Whoever waits for its turn must find the crew stopped when this goes wrong.
    this.#asking = answer.then(nothing, (thrown: unknown) => this.#fail(thrown))
    try {
      return await answer
    } finally {
      this.#asking = undefined
    }
  }

  #taken(envelope: Envelope<Note>): Job<Note> {
    this.#unsettled++
    const job = new Job(envelope, this)
    if (envelope.to.length === 0) this.settled(job)
    return job
  }

  #perhapsEnough(): void {
    if (this.#emptied && this.#unsettled === 0) this.#enough.abort()
  }

  #stop(): void {
    this.stopped = true
    this.#enough.abort()
    for (const talk of this.#talks) talk.hurry(this.#deadlines.stop)
  }

  #fail(thrown: unknown): void {
    this.#fault ??= { thrown }
    this.#stop()
  }
}

function nothing(): void {}

/** Few bytes travel quicker in one piece. */
function joined(pieces: readonly Buffer[]): readonly Buffer[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return length > mostJoined ? pieces : [Buffer.concat(pieces, length)]
}

async function pause(ms: number, enough: AbortSignal): Promise<void> {
  if (enough.aborted) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    enough.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
  })
}
