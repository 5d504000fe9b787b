import { asFault } from '../base/fault.ts'
import { events } from '../base/events.ts'
import { ctime } from '../message/date.ts'
import { judgeBouncer } from '../policy/bounce.ts'
import {
  bounceIds,
  bouncersOf,
  dropProbe,
  forgetBouncer,
  noteProbe,
  type Bouncer,
} from '../spool/bounces.ts'
import { logOperation } from '../spool/operation-log.ts'
import { rosterOf } from '../spool/roster.ts'
import { notifyMail } from './_subscription-mails.ts'
import { deliverReply } from './deliver-reply.ts'
import type { House } from './house.ts'
import { queueMail } from './queue-mail.ts'
import { repliesOf } from './replies.ts'
import type { OpenList } from './reply-request.ts'
import { probeWord } from './return-paths.ts'
import { unsubscribe } from './unsubscribe.ts'

/*
 * The life of an address that bounces (spec mailflow 7.4), in three steps that mlmmj-maintd takes in
 * this order. Each answers with lines for its log, one for each address that gave trouble; the others
 * are dealt with all the same. A Fault is thrown only when bounce/ itself cannot be read.
 */

/** Forgives whoever got a probe that did not come back within half a day. */
export async function clearNoLongerBouncing(
  house: House,
  list: OpenList,
): Promise<readonly string[]> {
  return await forEachBouncer(house, list, 'forgive', async ({ address }) => {
    await forgetBouncer(list.dir, address)
    events.bouncerForgiven(list.dir, address, 'the probe did not come back')
    return undefined
  })
}

/** Unsubscribes whoever has bounced for too long from everything, and tells the owner. */
export async function unsubscribeBouncers(
  house: House,
  list: OpenList,
): Promise<readonly string[]> {
  return await forEachBouncer(house, list, 'remove', async ({ address, since = 0 }) => {
    const replies = repliesOf(house)
    const manners = { ask: false, goodbye: false, quiet: true, silent: true }
    const wish = { ...manners, address, type: 'all', reason: 'bouncing' } as const
    const done = await unsubscribe(list, wish, replies, house.chance)
    if (done === 'removed') {
      const [now, then] = [house.chance.now(), since * 1_000]
      const date = ctime(then, house.zoneMinutes(then))
      const line = `mlmmj-maintd: ${address} unsubscribed due to bouncing since ${date}`
      await logOperation(list.dir, line, ctime(now, house.zoneMinutes(now)))
      events.bouncerRemoved(list.dir, address, since)
    }
    await forgetBouncer(list.dir, address)
    if (done === 'removed' && list.settings.notifysub)
      await replies.send(list, notifyMail(list.identity, 'unsub', address, 'bouncing', 'all'))
    return undefined
  })
}

/** Sends a probe to everybody else who bounces. Who has left the list is forgotten instead. */
export async function probeBouncers(house: House, list: OpenList): Promise<readonly string[]> {
  const roster = rosterOf(list.dir)
  return await forEachBouncer(house, list, 'probe', async ({ address, since }) => {
    if (!(await roster.has(address))) {
      await forgetBouncer(list.dir, address)
      events.bouncerForgiven(list.dir, address, 'not subscribed')
      return undefined
    }
    await probeBouncer(house, list, address)
    const unreadable = 'the first line of its record has no time, so it is never unsubscribed'
    return since === undefined ? unreadable : undefined
  })
}

/**
 * Asks an address whether it works again: list text `probe` with what bounced, from an address whose
 * mail takes the marker away again. The marker is on disk before the mail.
 *
 * @returns what became of the mail: `never` means that it was refused, which counts as its return;
 *   `out` that a probe was under way already.
 * @throws Fault badSettings when there is no text; then the marker is gone again, and nothing sent
 */
export async function probeBouncer(
  house: House,
  list: OpenList,
  address: string,
): Promise<'sent' | 'later' | 'never' | 'elsewhere' | 'out'> {
  const bouncenumbers = await bounceIds(list.dir, address)
  const seconds = Math.floor(house.chance.now() / 1_000)
  const word = await probeWord(list.dir, list.settings, address, seconds)
  if (!(await noteProbe(list.dir, address, seconds))) return 'out'
  const at = address.lastIndexOf('@')
  const request = {
    purpose: 'probe',
    from: 'owner',
    to: address,
    mailFrom: `bounces-${word}-${address.slice(0, at)}=${address.slice(at + 1)}`,
    recipients: [address],
    values: {},
    lists: { bouncenumbers },
  } as const
  const [id] = await queueMail(house, list, request, house.chance.id()).catch(
    async (thrown: unknown) => {
      await dropProbe(list.dir, address)
      throw thrown
    },
  )
  if (id === undefined) {
    // What the file is called is no address a mail could be sent to.
    await dropProbe(list.dir, address)
    return 'never'
  }
  events.probeSent(list.dir, address)
  return await deliverReply(house, list.dir, id)
}

async function forEachBouncer(
  { chance }: House,
  { dir, settings }: OpenList,
  verdict: ReturnType<typeof judgeBouncer>,
  act: (bouncer: Bouncer) => Promise<string | undefined>,
): Promise<readonly string[]> {
  const problems: string[] = []
  for await (const bouncer of bouncersOf(dir)) {
    const now = Math.floor(chance.now() / 1_000)
    if (judgeBouncer(bouncer, now, settings) !== verdict) continue
    try {
      const problem = await act(bouncer)
      if (problem !== undefined) problems.push(`${bouncer.address}: ${problem}`)
    } catch (thrown) {
      // One address shall not stop the others; it is tried again next time.
      problems.push(`${bouncer.address}: ${asFault(thrown).message}`)
    }
  }
  return problems
}
