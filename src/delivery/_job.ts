import { type Reply, replyText } from './_reply.ts'
import type { Envelope, Outcome } from './transport.ts'

type Stage = Outcome['stage']

export interface JobOwner<Note> {
  /** Every recipient has its outcome. */
  settled(job: Job<Note>): void
  /** Some recipients wait for a transaction. */
  waiting(job: Job<Note>): void
  /** The relay has shown how many recipients it takes in one transaction. */
  limited(most: number): void
}

/**
 * An envelope on its way: who is still to be asked for, and what has been decided. Recipients go by
 * their place in the envelope, so that an address that is there twice gets two answers.
 */
export class Job<Note> {
  readonly envelope: Envelope<Note>
  readonly #outcomes: (Outcome | undefined)[]
  readonly #owner: JobOwner<Note>
  #untried: readonly number[]
  #undecided: number
  /** What ended the connection on which this was tried before. */
  #before: { readonly stage: Stage; readonly reply: Reply } | undefined

  constructor(envelope: Envelope<Note>, owner: JobOwner<Note>) {
    this.envelope = envelope
    this.#outcomes = envelope.to.map(() => undefined)
    this.#untried = envelope.to.map((_, place) => place)
    this.#undecided = envelope.to.length
    this.#owner = owner
  }

  /** Whether recipients are in no transaction yet. */
  get isWaiting(): boolean {
    return this.#untried.length > 0
  }

  /** One for each recipient, in their order. */
  get outcomes(): readonly Outcome[] {
    return this.#outcomes.filter((outcome) => outcome !== undefined)
  }

  /** The next places for one transaction. */
  portion(most: number): readonly number[] {
    const portion = this.#untried.slice(0, most)
    this.#untried = this.#untried.slice(portion.length)
    return portion
  }

  decide(place: number, result: Outcome['result'], stage: Stage, reply: string): void {
    const to = this.envelope.to[place]
    if (to === undefined || this.#outcomes[place] !== undefined) return
    this.#outcomes[place] = { to, result, stage, reply }
    if (--this.#undecided === 0) this.#owner.settled(this)
  }

  /**
   * The connection ended before anything was handed over for these recipients. Once for each job
   * they are put back for another connection; the second time they wait for another day.
   */
  putBack(places: readonly number[], stage: Stage, reply: Reply): void {
    if (places.length === 0) return
    const again = this.#before === undefined
    this.#before ??= { stage, reply }
    if (again) {
      this.#untried = [...places, ...this.#untried]
      this.#owner.waiting(this)
    } else {
      for (const place of places) this.decide(place, 'later', stage, replyText(reply))
    }
  }

  /** The relay took `most` in one transaction and wanted no more: the others come in the next one. */
  postpone(places: readonly number[], most: number): void {
    if (places.length === 0) return
    this.#owner.limited(most)
    this.#untried = [...places, ...this.#untried]
    this.#owner.waiting(this)
  }

  /** No connection will come any more: what was put back waits for another day. */
  giveUp(why: string): void {
    const stage = this.#before?.stage ?? 'connect'
    const reply = this.#before ? replyText(this.#before.reply) : why
    for (const place of this.portion(Infinity)) this.decide(place, 'later', stage, reply)
  }
}
