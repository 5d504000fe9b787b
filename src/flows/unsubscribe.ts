import { asciiLower } from '../base/bytes.ts'
import type { Chance } from '../base/chance.ts'
import { Fault } from '../base/fault.ts'
import { isAddress, whyNoAddress, type Address } from '../message/address.ts'
import { versionsToLeave, type Version } from '../policy/subscription.ts'
import { dropPending, notePending, readPending } from '../spool/pending.ts'
import { rosterOf } from '../spool/roster.ts'
import { answerMail, confirmMail, notifyMail } from './_subscription-mails.ts'
import type { OpenList, Replies } from './reply-request.ts'

/** Who leaves what, and who shall be told of it (spec spool 4.6). */
export interface UnsubscribeWish {
  /** A byte string. A line of a subscriber file that is no address can be removed too. */
  readonly address: string
  readonly type: Version | 'all'
  readonly reason: 'admin' | 'request' | 'confirm' | 'bouncing'
  /** Ask the subscriber first. */
  readonly ask: boolean
  /** Tell the subscriber that it is done. */
  readonly goodbye: boolean
  /** Do not tell the owner, even with notifysub. */
  readonly quiet: boolean
  /** Do not tell somebody who was not subscribed. */
  readonly silent: boolean
}

export type Unsubscribed = 'removed' | 'absent' | 'asked'

/** @throws Fault badAddress for what no line of a subscriber file can be */
export async function unsubscribe(
  list: OpenList,
  wish: UnsubscribeWish,
  replies: Replies,
  chance: Pick<Chance, 'id'>,
): Promise<Unsubscribed> {
  const { type, reason, ask, goodbye, quiet, silent } = wish
  const who = asciiLower(wish.address)
  const roster = rosterOf(list.dir)
  const leaving = versionsToLeave(await roster.kindsOf(who), type)
  const reachable = isAddress(who)
  if (leaving.length === 0) {
    if (!reachable) throw new Fault('badAddress', `${JSON.stringify(who)} ${whyNoAddress(who)}`)
    if (!silent) await replies.send(list, answerMail('deny', 'unsub', who, 'unsubbed', type))
    return 'absent'
  }
  if (ask && reachable) {
    const cookie = await notePending(list.dir, 'unsubconf', who, chance)
    await replies.send(list, confirmMail(list.identity, 'unsub', who, reason, type, cookie))
    return 'asked'
  }
  // It is in a file, so it can be removed from there, whether it is an address or not.
  const address = who as Address
  const changes = leaving.map((kind) => ({ do: 'remove', address, kind }) as const)
  // Somebody else may do the same at the same time, and tells of it.
  if (!(await roster.change(changes)).includes('removed')) return 'absent'
  if (goodbye && reachable)
    await replies.send(list, answerMail('finish', 'unsub', who, reason, type))
  if (list.settings.notifysub && !quiet)
    await replies.send(list, notifyMail(list.identity, 'unsub', who, reason, type))
  return 'removed'
}

/**
 * The subscriber answers our question; the type is what the answer's address says.
 *
 * @returns undefined when there is no such question (any more)
 */
export async function confirmUnsubscription(
  list: OpenList,
  cookie: string,
  type: UnsubscribeWish['type'],
  replies: Replies,
  chance: Pick<Chance, 'id'>,
): Promise<Unsubscribed | undefined> {
  const address = await readPending(list.dir, 'unsubconf', cookie)
  if (address === undefined) return undefined
  const manners = { ask: false, goodbye: true, quiet: false, silent: false }
  const wish = { ...manners, address, type, reason: 'confirm' } as const
  const done = await unsubscribe(list, wish, replies, chance)
  await dropPending(list.dir, 'unsubconf', cookie)
  return done
}
