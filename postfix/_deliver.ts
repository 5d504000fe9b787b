import { asFault } from '../src/base/fault.ts'
import { isForGood, isTaken, type Answer } from './_answer.ts'
import type { Draft } from './_draft.ts'
import type { Options } from './_options.ts'
import { messagesPath } from './_path.ts'
import { sendMail } from './_send-mail.ts'
import { openService, type Service } from './_service.ts'
import { sinceStart } from './_since-start.ts'
import type { Shelf } from './_shelf.ts'

/** A mail that gets through takes some that waited with it, but its own sender waits meanwhile. */
const mostKept = 20
const mostKeptMs = 10_000

/**
 * Brings one mail to the service, or keeps it when there is a place for that. Ends by the deadline,
 * except for reading the rest of a mail that is to be kept.
 *
 * @param mail read to its end unless it is refused for good, or has to come again anyway.
 * @param settled called as soon as the caller must not send the mail again, whatever follows.
 * @throws Fault badSettings; whatever reading `mail` throws.
 */
export async function deliver(
  options: Options,
  mail: AsyncIterable<Uint8Array>,
  settled: () => void,
): Promise<Answer> {
  const { list = '', envelope, deadline, fallbackDir } = options
  const left = () => Math.max(1, deadline * 1000 - sinceStart())
  const service = await openService(options)
  const path = messagesPath(list, envelope)
  const copy = await beginCopy(fallbackDir, path)
  let answer: Answer
  try {
    answer = await sendMail(service, path, mail, left(), copy.draft)
  } catch (thrown) {
    await copy.draft?.drop()
    throw thrown
  }
  if (isTaken(answer)) {
    settled()
    await copy.draft?.drop()
    return copy.shelf === undefined ? answer : await withKept(answer, service, copy.shelf, left)
  }
  if (isForGood(answer)) {
    await copy.draft?.drop()
    return answer
  }
  if (copy.draft === undefined)
    return copy.why === '' ? answer : { ...answer, message: `${answer.message}; ${copy.why}` }
  await copy.draft.keep()
  settled()
  const message = `kept in ${fallbackDir}: ${answer.status} ${answer.message}`
  return { status: '2.0.0', message, stated: false }
}

interface Copy {
  readonly shelf?: Shelf
  readonly draft?: Draft
  /** Why there is no draft, though one was wanted. */
  readonly why: string
}

/** A place to keep mail is a help; without it the mail must still be tried. */
async function beginCopy(dir: string | undefined, path: string): Promise<Copy> {
  if (dir === undefined) return { why: '' }
  try {
    const { openShelf } = await import('./_shelf.ts')
    const shelf = await openShelf(dir)
    return { shelf, draft: await shelf.beginDraft(path), why: '' }
  } catch (thrown) {
    return { why: asFault(thrown).message }
  }
}

async function withKept(
  answer: Answer,
  service: Service,
  shelf: Shelf,
  left: () => number,
): Promise<Answer> {
  if ((await shelf.waiting()).length === 0) return answer
  const { flush } = await import('./_flush.ts')
  const beginUntil = sinceStart() + Math.min(mostKeptMs, left())
  const done = await flush(service, shelf, { mails: mostKept, beginUntil, forOne: left })
  const kept = `kept mails handed over: ${done.handedOver}, left: ${done.left}`
  return { ...answer, message: [answer.message, kept, ...done.notes].join('; ') }
}
