import { mailLine, rcptLine } from './_commands.ts'
import type { Deadlines } from './_deadlines.ts'
import type { Job } from './_job.ts'
import type { Offers } from './_offers.ts'
import { type Reply, isLast, isNever, isTooMany, isYes, replyText } from './_reply.ts'
import type { Talk } from './_talk.ts'
import type { Outcome, WireMessage } from './transport.ts'

/**
 * What the relay waits for after its answers. mail: the mail itself. empty: a mail although it
 * refused everybody, so it gets a lone dot (RFC 2920 section 3.1). reset: the next command.
 */
export type Turn = 'mail' | 'empty' | 'reset'

/** MAIL, RCPT … and DATA for some recipients of one job, and what was answered (mailflow 6.6). */
export class Transaction<Note> {
  readonly job: Job<Note>
  readonly #mail: string
  readonly #rcpts: readonly (readonly [number, string])[]
  readonly #undecided: Set<number>
  #accepted = 0

  /**
   * @param mail the MAIL command, with its line end
   * @param rcpts each recipient's place in the envelope and its RCPT command
   */
  constructor(job: Job<Note>, mail: string, rcpts: readonly (readonly [number, string])[]) {
    this.job = job
    this.#mail = mail
    this.#rcpts = rcpts
    this.#undecided = new Set(rcpts.map(([place]) => place))
  }

  /** All commands at once, for who offers PIPELINING. */
  get commands(): string {
    return `${this.#mail}${this.#rcpts.map(([, line]) => line).join('')}DATA\r\n`
  }

  get replies(): number {
    return this.#rcpts.length + 2
  }

  /**
   * Hears the answers to `commands`; unless these have been sent, says one after the other. When the
   * connection ends meanwhile, `talk.end` says so and the rest is for `putBack`.
   */
  async hear(talk: Talk, sent: boolean, deadlines: Deadlines): Promise<Turn> {
    const first = answer(talk, sent, this.#mail, deadlines.mail)
    const mail = first instanceof Promise ? await first : first
    if (isLast(mail)) return this.#lost('mail', mail)
    if (!isYes(mail)) {
      this.#decideAll('later', 'mail', mail)
      if (!sent) return 'reset'
    }
    const tooMany: number[] = []
    for (const [place, line] of this.#rcpts) {
      const next = answer(talk, sent, line, deadlines.rcpt)
      const rcpt = next instanceof Promise ? await next : next
      if (isLast(rcpt)) {
        this.job.postpone(tooMany, this.#accepted)
        return this.#lost('rcpt', rcpt)
      }
      if (isYes(rcpt)) this.#accepted++
      else if (isYes(mail) && this.#accepted > 0 && isTooMany(rcpt)) {
        tooMany.push(place)
        this.#undecided.delete(place)
      } else if (isYes(mail)) this.#decide(place, isNever(rcpt) ? 'never' : 'later', 'rcpt', rcpt)
    }
    this.job.postpone(tooMany, this.#accepted)
    const takenAnyway = !isYes(mail) && this.#accepted > 0
    if (this.#undecided.size === 0 && !sent) return 'reset'
    const last = answer(talk, sent, 'DATA\r\n', deadlines.data, 3)
    const data = last instanceof Promise ? await last : last
    if (isLast(data)) return this.#lost('data', data)
    // A lone dot would now be an empty mail to somebody.
    if (data.code < 400 && takenAnyway) talk.lose('the relay refused the sender and went on')
    if (data.code < 400) return this.#undecided.size === 0 ? 'empty' : 'mail'
    this.#decideAll('later', 'data', data)
    return 'reset'
  }

  /** The reply to the final dot. One that never came may hide a delivery: rather twice than never. */
  heardEnd(reply: Reply): void {
    const result = isYes(reply) ? 'sent' : isNever(reply) ? 'never' : 'later'
    this.#decideAll(result, 'body', reply)
  }

  /** The connection ended before the mail was handed over. */
  putBack(stage: Outcome['stage'], reply: Reply): void {
    this.job.putBack([...this.#undecided], stage, reply)
    this.#undecided.clear()
  }

  #lost(stage: Outcome['stage'], reply: Reply): Turn {
    this.putBack(stage, reply)
    return 'reset'
  }

  #decideAll(result: Outcome['result'], stage: Outcome['stage'], reply: Reply): void {
    const text = replyText(reply)
    const places = [...this.#undecided]
    this.#undecided.clear()
    for (const place of places) this.job.decide(place, result, stage, text)
  }

  #decide(place: number, result: Outcome['result'], stage: Outcome['stage'], reply: Reply): void {
    this.#undecided.delete(place)
    this.job.decide(place, result, stage, replyText(reply))
  }
}

/**
 * The next transaction of a job in the words that the relay understands; undefined when none of its
 * next recipients can be offered to this relay, which has then been decided.
 *
 * @param most recipients in one transaction
 */
export function nextTransaction<Note>(
  job: Job<Note>,
  message: WireMessage,
  offers: Offers,
  most = offers.rcptMax,
): Transaction<Note> | undefined {
  const mail = mailLine(job.envelope, message, offers)
  if ('refused' in mail) {
    for (const place of job.portion(Infinity)) job.decide(place, 'never', 'mail', mail.refused)
    return undefined
  }
  const rcpts: [number, string][] = []
  for (const place of job.portion(most)) {
    const rcpt = rcptLine(job.envelope.to[place] ?? '', offers)
    if ('refused' in rcpt) job.decide(place, 'never', 'rcpt', rcpt.refused)
    else rcpts.push([place, rcpt.line])
  }
  return rcpts.length === 0 ? undefined : new Transaction(job, mail.line, rcpts)
}

/** A reply that is there already costs no turn of the event loop. */
function answer(
  talk: Talk,
  sent: boolean,
  line: string,
  ms: number,
  wanted: 2 | 3 = 2,
): Reply | Promise<Reply> {
  const reply = sent ? talk.reply(ms) : talk.ask(line, ms)
  const told = (heard: Reply) => inTurn(talk, heard, wanted, line.slice(0, 4))
  return reply instanceof Promise ? reply.then(told) : told(reply)
}

/** A reply that makes no sense where it stands ends the connection, and is that end. */
export function inTurn(talk: Talk, reply: Reply, wanted: 2 | 3, to: string): Reply {
  const kind = Math.floor(reply.code / 100)
  if (kind === wanted || kind === 0 || kind >= 4) return reply
  return talk.lose(`the relay answered ${replyText(reply)} to ${to}`)
}
