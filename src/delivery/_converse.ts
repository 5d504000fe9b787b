import { realChance } from '../base/chance.ts'
import type { Deadlines } from './_deadlines.ts'
import type { Offers } from './_offers.ts'
import { isLast } from './_reply.ts'
import type { Talk } from './_talk.ts'
import { type Transaction, inTurn } from './_transaction.ts'

/** Where a conversation gets its work from. */
export interface Work<Note> {
  take(offers: Offers): Promise<Transaction<Note> | undefined>
  /** The bytes of one copy, dots stuffed, without the final dot. */
  copyFor(transaction: Transaction<Note>): readonly Buffer[]
  /** A transaction got its last reply. */
  completed(): void
  /** What this relay is known to make of commands behind a mail. */
  readonly ahead: Ahead
  readonly stopped: boolean
}

/**
 * Whether the commands for the next mail may leave with the end of this one. Some relays answer in
 * two packets when what they read at once ends among those commands, and then their kernel holds the
 * second one back until ours has acknowledged the first, which takes it 40 ms (Nagle's algorithm
 * against delayed acknowledgements, RFC 9293 3.7.4 and 3.8.6.3). It depends on the lengths of mail and
 * commands, so it happens with most copies of a mail or with none.
 */
export class Ahead {
  #late = 0

  get isWorthIt(): boolean {
    return this.#late < mostLate
  }

  /** @param ms from the end of one mail to the last answer for the next; undefined: all came at once. */
  heard(ms: number | undefined): void {
    if (!this.isWorthIt) return
    this.#late =
      ms !== undefined && ms >= lateMs ? this.#late + 1 : Math.max(0, this.#late - pardon)
  }
}

const lateMs = 25
const mostLate = 3
/** Fewer late ones than one in so many do not count: a relay may be busy now and then. */
const pardon = 1 / 5

/**
 * Hands over one mail after the other until there is no more work, the relay has taken as many as it
 * wants (RFC 9422), or the connection ends; `talk.end` tells which. With PIPELINING a mail, its final
 * dot and the commands for the next mail leave together, one round trip for each mail (RFC 2920); the
 * next mail itself waits until the reply to this dot has been read and recorded.
 *
 * @returns how many transactions got their last reply
 */
export async function converse<Note>(
  talk: Talk,
  offers: Offers,
  work: Work<Note>,
  deadlines: Deadlines,
): Promise<number> {
  const { pipelining, mailMax } = offers
  let completed = 0
  let current = await work.take(offers)
  let sent = pipelining
  let ended: number | undefined
  if (current && sent) talk.say(current.commands, current.replies)
  for (let begun = 1; current; begun++) {
    const turn = await current.hear(talk, pipelining, deadlines)
    if (sent && begun > 1)
      work.ahead.heard(ended === undefined ? undefined : realChance.ticks() - ended)
    const next = talk.end || begun >= mailMax ? undefined : await work.take(offers)
    if (work.stopped) talk.lose('stopped')
    if (talk.end) {
      current.putBack('data', talk.end)
      next?.putBack('mail', talk.end)
      break
    }
    sent = pipelining && work.ahead.isWorthIt
    const ahead = sent ? next : undefined
    const lines = `${turn === 'reset' ? 'RSET' : '.'}\r\n${ahead?.commands ?? ''}`
    const replies = 1 + (ahead?.replies ?? 0)
    if (turn === 'mail') await talk.pour(work.copyFor(current), lines, replies, deadlines.block)
    else talk.say(lines, replies)
    const last = await talk.reply(turn === 'reset' ? deadlines.rcpt : deadlines.dot)
    const reply = inTurn(talk, last, 2, 'the end of the mail')
    ended = ahead && talk.ready < ahead.replies ? realChance.ticks() : undefined
    if (turn === 'mail') current.heardEnd(reply)
    if (!isLast(reply)) {
      completed++
      work.completed()
    }
    if (talk.end) next?.putBack('mail', talk.end)
    else if (next && !ahead && pipelining) talk.say(next.commands, next.replies)
    current = talk.end ? undefined : next
  }
  return completed
}
