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
  readonly stopped: boolean
}

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
  if (current && pipelining) talk.say(current.commands, current.replies)
  for (let begun = 1; current; begun++) {
    const turn = await current.hear(talk, pipelining, deadlines)
    const next = talk.end || begun >= mailMax ? undefined : await work.take(offers)
    if (work.stopped) talk.lose('stopped')
    if (talk.end) {
      current.putBack('data', talk.end)
      next?.putBack('mail', talk.end)
      break
    }
    const ahead = pipelining ? next : undefined
    const lines = `${turn === 'reset' ? 'RSET' : '.'}\r\n${ahead?.commands ?? ''}`
    const replies = 1 + (ahead?.replies ?? 0)
    if (turn === 'mail') await talk.pour(work.copyFor(current), lines, replies, deadlines.block)
    else talk.say(lines, replies)
    const last = await talk.reply(turn === 'reset' ? deadlines.rcpt : deadlines.dot)
    const reply = inTurn(talk, last, 2, 'the end of the mail')
    if (turn === 'mail') current.heardEnd(reply)
    if (!isLast(reply)) {
      completed++
      work.completed()
    }
    if (talk.end) next?.putBack('mail', talk.end)
    current = talk.end ? undefined : next
  }
  return completed
}
