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
