import { asciiLower } from '../base/bytes.ts'
import type { Chance } from '../base/chance.ts'
import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import { parseAddress, type Address } from '../message/address.ts'
import {
  gatekeepersOf,
  judgeSubscribe,
  whyNoSubscriber,
  type SubscribeFacts,
  type SubscriptionType,
} from '../policy/subscription.ts'
import {
  dropHeldSubscription,
  dropPending,
  holdSubscription,
  notePending,
  readHeldSubscription,
  readPending,
} from '../spool/pending.ts'
import { rosterOf } from '../spool/roster.ts'
import {
  answerMail,
  confirmMail,
  gatekeepMail,
  notifyMail,
  waitMail,
} from './_subscription-mails.ts'
import type { OpenList, Replies } from './reply-request.ts'

/** Who wants to join how, and who shall be told of it (spec spool 4.5). */
export interface SubscribeWish extends Omit<SubscribeFacts, 'has'> {
  /** A byte string; stored in lower case. */
  readonly address: string
  /** Tell the subscriber that it is done. */
  readonly welcome: boolean
  /** Do not tell the owner, even with notifysub. */
  readonly quiet: boolean
  /** Do not tell the subscriber that nothing had to be done. */
  readonly silent: boolean
}

export type Subscribed = 'added' | 'switched' | 'already' | 'asked' | 'held' | 'disabled'

/**
 * One subscription, from the wish to the mails about it. What is said in a mail is on disk before.
 *
 * @throws Fault badAddress for what cannot be subscribed, with the list's own addresses among it
 */
export async function subscribe(
  list: OpenList,
  wish: SubscribeWish,
  replies: Replies,
  chance: Pick<Chance, 'id'>,
): Promise<Subscribed> {
  const { type, reason, welcome, quiet, silent } = wish
  const who = subscriberOf(list, wish.address)
  const roster = rosterOf(list.dir)
  const decision = judgeSubscribe({ ...wish, has: await roster.kindsOf(who) }, list.settings)
  switch (decision.do) {
    case 'disable':
      await replies.send(list, answerMail('deny', 'sub', who, 'disabled', type))
      return 'disabled'
    case 'nothing':
      if (!silent) await replies.send(list, answerMail('deny', 'sub', who, 'subbed', type))
      return 'already'
    case 'ask': {
      const cookie = await notePending(list.dir, 'subconf', who, chance)
      await replies.send(list, confirmMail(list.identity, 'sub', who, reason, type, cookie))
      return 'asked'
    }
    case 'hold':
      await hold(list, who, type, reason, replies, chance)
      return 'held'
    case 'add':
    case 'switch': {
      const results = await roster.change([
        ...decision.add.map((kind) => ({ do: 'add', address: who, kind }) as const),
        ...decision.remove.map((kind) => ({ do: 'remove', address: who, kind }) as const),
      ])
      // Somebody else did the same at the same time, and tells of it.
      if (!results.some((done) => done === 'added' || done === 'removed')) return 'already'
      const switched = decision.do === 'switch'
      const why = switched ? 'switch' : reason
      if (welcome) await replies.send(list, answerMail('finish', 'sub', who, why, type))
      if (list.settings.notifysub && !switched && !quiet)
        await replies.send(list, notifyMail(list.identity, 'sub', who, why, type))
      return switched ? 'switched' : 'added'
    }
    default:
      return decision satisfies never
  }
}

function subscriberOf({ identity }: OpenList, text: string): Address {
  const why = whyNoSubscriber(identity, text)
  if (why !== undefined) throw new Fault('badAddress', `${JSON.stringify(text)} ${why}`)
  return parseAddress(asciiLower(text))
}

/** Keeps it for the gatekeepers; the subscriber hears first, as with mlmmj (spec mailflow 4.3). */
async function hold(
  list: OpenList,
  who: Address,
  type: SubscriptionType,
  reason: string,
  replies: Replies,
  chance: Pick<Chance, 'id'>,
): Promise<void> {
  const cookie = await holdSubscription(list.dir, { address: who, type }, chance)
  const gatekeepers = gatekeepersOf(list.settings)
  if (!list.settings.nosubmodmails)
    await replies.send(list, waitMail(who, reason, type, gatekeepers))
  if (gatekeepers.length === 0) events.nobodyAsked(list.dir, 'subscription', 'control/submod')
  const { identity } = list
  await replies.send(list, gatekeepMail(identity, who, reason, type, cookie, gatekeepers))
}

type Manners = Pick<SubscribeWish, 'welcome' | 'quiet' | 'silent'>

/**
 * A gatekeeper agrees. The held subscription goes once it is carried out; doing that twice only
 * tells the subscriber that nothing had to be done.
 *
 * @throws Fault noSuchFile when nothing is held under the cookie
 */
export async function permitSubscription(
  list: OpenList,
  cookie: string,
  manners: Manners,
  replies: Replies,
  chance: Pick<Chance, 'id'>,
): Promise<Subscribed> {
  const held = await readHeldSubscription(list.dir, cookie)
  if (held === undefined)
    throw new Fault('noSuchFile', `no subscription is held as ${JSON.stringify(cookie)}`)
  const wish = { ...manners, ...held, reason: 'permit', ask: false, force: true } as const
  const done = await subscribe(list, wish, replies, chance)
  await dropHeldSubscription(list.dir, cookie)
  return done
}

/**
 * The subscriber answers our question; the type is what the answer's address says.
 *
 * @returns undefined when there is no such question (any more)
 */
export async function confirmSubscription(
  list: OpenList,
  cookie: string,
  type: SubscriptionType,
  replies: Replies,
  chance: Pick<Chance, 'id'>,
): Promise<Subscribed | undefined> {
  const address = await readPending(list.dir, 'subconf', cookie)
  if (address === undefined) return undefined
  const manners = { welcome: true, quiet: false, silent: false, ask: false, force: false }
  const wish = { ...manners, address, type, reason: 'confirm' } as const
  const done = await subscribe(list, wish, replies, chance)
  await dropPending(list.dir, 'subconf', cookie)
  return done
}
