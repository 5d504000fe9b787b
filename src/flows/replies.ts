import { events } from '../base/events.ts'
import { whyTooMany } from './answer-limits.ts'
import { deliverReply } from './deliver-reply.ts'
import type { House } from './house.ts'
import { queueMail } from './queue-mail.ts'
import type { Replies } from './reply-request.ts'

/** Writes the mails that a subscription asks for, and sends them at once as far as the relay is there. */
export function repliesOf(house: House): Replies {
  return {
    send: async (list, request) => {
      const ids = await queueMail(house, list, request, house.chance.id())
      for (const id of ids) await deliverReply(house, list.dir, id)
    },
  }
}

/**
 * As repliesOf(), for what a caller has done to an address that is not his own: who is told too often
 * that nothing had to be done is not told again, and an event says so.
 *
 * @param source as in whyTooMany
 */
export function boundedRepliesOf(house: House, source: string | undefined): Replies {
  const replies = repliesOf(house)
  return {
    send: async (list, request) => {
      if (request.purpose === 'deny') {
        const answer = { to: request.to, source, isQuestion: false }
        const seed = house.chance.id()
        const why = await whyTooMany(house, list, answer, seed)
        if (why !== undefined) return events.answerWithheld(list.dir, seed, request.to, why)
      }
      await replies.send(list, request)
    },
  }
}
