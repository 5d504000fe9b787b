import { isForGood, isTaken, type Answer } from './_answer.ts'
import { Conversation } from './_conversation.ts'
import type { Service } from './_service.ts'

/** Where a mail is written besides, while it is sent. */
export interface Tee {
  write(chunk: Uint8Array): Promise<void>
}

/**
 * Streams a mail to the service, no faster than both it and `tee` take it.
 *
 * Reads the mail to its end only as long as somebody wants it: after an early answer that allows
 * another try, the rest still goes to `tee`; without one, or after a refusal, it is left unread.
 *
 * @param path made by messagesPath().
 * @param ms for the whole conversation.
 * @throws what reading the mail or `tee` throws; the service then has no complete mail.
 */
export async function sendMail(
  service: Service,
  path: string,
  mail: AsyncIterable<Uint8Array>,
  ms: number,
  tee?: Tee,
): Promise<Answer> {
  const conversation = new Conversation(service, path, ms)
  let [enough, tell] = [undefined as Answer | undefined, (_: Answer) => undefined as void]
  void conversation.answer.then((answer) => {
    if (tee !== undefined && !isTaken(answer) && !isForGood(answer)) return
    enough = answer
    tell(answer)
  })
  const chunks = mail[Symbol.asyncIterator]()
  try {
    for (;;) {
      // No Promise.race(): the answer, as long as it has not come, would hold on to every chunk.
      const next = await new Promise<Answer | IteratorResult<Uint8Array>>((resolve, reject) => {
        tell = resolve
        if (enough === undefined) chunks.next().then(resolve, reject)
        else resolve(enough)
      })
      if ('status' in next) return next
      if (next.done) break
      await Promise.all([conversation.write(next.value), tee?.write(next.value)])
    }
    await conversation.end()
    return await conversation.answer
  } finally {
    conversation.abandon()
  }
}
