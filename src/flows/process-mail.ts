import { events } from '../base/events.ts'
import { asFault, isFault } from '../base/fault.ts'
import { footerFor, decorate } from '../compose/decorate.ts'
import { identityOf } from '../list/identity.ts'
import { loopMark } from '../list/loop-mark.ts'
import { readHead } from '../message/head.ts'
import { judgePost } from '../policy/post.ts'
import { recipientOf } from '../policy/recipient.ts'
import { arrivalOf, dropIncoming } from '../spool/incoming.ts'
import { removeLock, tryLock } from '../spool/lock.ts'
import type { MailId } from '../spool/mail-id.ts'
import { dropPrepared, openIncoming, preparedState, writePrepared } from '../spool/prepared.ts'
import { settingsOf } from '../spool/settings.ts'
import { accessJudge } from './_access-judge.ts'
import { carryOut } from './_carry-out.ts'
import type { Outgoing } from './outgoing.ts'
import { gatherFacts } from './_post-facts.ts'
import { unlessRepeated } from './_unless-repeated.ts'
import { serveRequest } from './_serve-request.ts'
import type { House } from './house.ts'

/** What became of a mail, and what is now waiting to be delivered because of it. */
export interface Processed {
  readonly state: 'done' | 'elsewhere'
  readonly outgoing: readonly Outgoing[]
}

/**
 * Takes a mail from incoming/ to where the list's settings want it (spec mailflow 2). It leaves
 * incoming/ only when what follows from it is on disk, so an interrupted run is repeated whole, and
 * a repeated run finds what the interrupted one had finished. Nothing is sent yet: the caller
 * delivers what is `outgoing`.
 *
 * @param distribute false leaves the prepared post in queue/ (mlmmj-process -P).
 * @throws Fault when the list or its spool cannot be used; the mail is then still in incoming/.
 */
export async function processMail(
  house: House,
  listDir: string,
  id: MailId,
  distribute = true,
): Promise<Processed> {
  const lock = await tryLock(listDir, `mail-${id}`)
  if (lock === undefined) return { state: 'elsewhere', outgoing: [] }
  try {
    return await processLocked(house, listDir, id, distribute)
  } catch (thrown) {
    // Somebody who held it before us has finished it.
    if (isFault(thrown, 'noSuchFile')) return { state: 'elsewhere', outgoing: [] }
    events.mailParked(listDir, id, asFault(thrown).message)
    throw thrown
  } finally {
    await removeLock(lock)
  }
}

async function processLocked(
  house: House,
  listDir: string,
  id: MailId,
  distribute: boolean,
): Promise<Processed> {
  await using original = await openIncoming(listDir, id)
  if ((await preparedState(listDir, id)) === 'committed') {
    await dropIncoming(listDir, id)
    await dropPrepared(listDir, id)
    return { state: 'done', outgoing: [] }
  }
  const settings = await settingsOf(listDir)
  const list = identityOf(settings)
  const head = readHead(original.head)
  const arrival = await arrivalOf(listDir, id)
  const recipient = recipientOf(head, arrival, settings, list)
  if (recipient.extension !== '')
    return await serveRequest(
      house,
      { dir: listDir, identity: list, settings },
      recipient.extension,
      {
        id,
        head,
        original,
        arrival,
      },
    )

  const mark = loopMark(list)
  const prepared = decorate(head, settings, mark)
  const body = original.bytesFrom(head.bodyStart)
  const size = await writePrepared(listDir, id, prepared.head, body, (last) =>
    footerFor(last, prepared.lineEnd, settings),
  )
  // maxmailsize is about the mail, not about what we need to know it again.
  const bare = size - mark.length - prepared.lineEnd.length
  const known = { arrival, settings, list, size: bare, recipient }
  const facts = await gatherFacts(listDir, head, known)
  const judge = await accessJudge(house, listDir, facts, settings)
  const decision = judgePost(facts, settings, list, judge.ask)
  await judge.log()
  const post = { listDir, id, settings, list, head, facts, distribute }
  const last = await unlessRepeated(house, decision, post, original)
  const outgoing = await carryOut(house, last, post)
  return { state: 'done', outgoing }
}
