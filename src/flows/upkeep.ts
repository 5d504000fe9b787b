import { events } from '../base/events.ts'
import { asFault } from '../base/fault.ts'
import { ctime } from '../message/date.ts'
import { planDigest } from '../policy/digest.ts'
import { refuseToRoot } from '../spool/become-owner.ts'
import { sweepDrafts } from '../spool/durable.ts'
import { expireShelf, sweepEnvelopes, sweepQueue, sweepRequeue } from '../spool/expire.ts'
import { interruptedReleases } from '../spool/held.ts'
import { quietList } from '../spool/idle.ts'
import { sweepLocks, tryLock } from '../spool/lock.ts'
import {
  openRunLog,
  quickRunLog,
  sweepRunLogs,
  writeRunLog,
  type RunLog,
} from '../spool/run-log.ts'
import { clearNoLongerBouncing, probeBouncers, unsubscribeBouncers } from './bouncers.ts'
import { runDigest } from './digest.ts'
import { drainIncoming } from './drain-incoming.ts'
import type { House } from './house.ts'
import { deliverOutgoing } from './deliver-outgoing.ts'
import { openListNow } from './open-list.ts'
import { pendingPostsOf, pendingRepliesOf } from './pending.ts'
import { releaseHeld } from './release-held.ts'
import type { OpenList } from './reply-request.ts'

const week = 604_800
const hour = 3_600

/**
 * One step of a run; what it returns is wrong with the list, a line for each. A remark is only for the
 * run's log: whoever reads the output of cron shall not be told the same thing every two hours.
 */
type Step = (
  house: House,
  list: OpenList,
  remark: (text: string) => void,
) => Promise<readonly string[] | void>

/**
 * mlmmj's steps in their order, under the names its log has for them, and around them what it forgot.
 * What a crash interrupted is finished first: the files in queue/ and requeue/ that say how far it
 * came are taken away by later steps, and it would be sent again.
 */
const steps: Readonly<Record<string, Step>> = {
  sweep_incoming: async (house, { dir }) => {
    await drainIncoming(house, dir)
  },
  finish_releases: async (house, list) => {
    for (const cookie of await interruptedReleases(list.dir)) {
      const released = await releaseHeld(list, cookie)
      if (released !== undefined && released.recipients > 0)
        await deliverOutgoing(house, list.dir, [{ kind: 'post', number: released.number }])
    }
  },
  clean_moderation: async ({ chance }, { dir, settings }) => {
    for (const shelf of ['held', 'heldSubscriptions'] as const)
      await expireShelf(dir, shelf, settings.modreqlife, chance.now())
  },
  clean_discarded: async ({ chance }, { dir }) => {
    await expireShelf(dir, 'discarded', week, chance.now())
  },
  clean_subconf: async ({ chance }, { dir }) => {
    await expireShelf(dir, 'subconf', week, chance.now())
  },
  clean_unsubconf: async ({ chance }, { dir }) => {
    await expireShelf(dir, 'unsubconf', week, chance.now())
  },
  resend_queue: async (house, { dir }) => {
    await sweepQueue(dir, house.chance.now())
    return await unsent(house, dir, 'mail', await pendingRepliesOf(house, dir))
  },
  resend_requeue: async (house, { dir, settings }) => {
    const dead = await sweepRequeue(dir, settings.bouncelife, house.chance.now())
    const lost = dead.map((name) => `requeue/${name} had no mail any more; it was removed`)
    return [...lost, ...(await unsent(house, dir, 'post', await pendingPostsOf(house, dir)))]
  },
  clean_nolongerbouncing: clearNoLongerBouncing,
  unsub_bouncers: unsubscribeBouncers,
  probe_bouncers: probeBouncers,
  run_digests: async (house, list, remark) => {
    const told = await runDigest(house, list)
    if (!list.settings.noarchive) return told
    told.forEach(remark)
    return []
  },
  sweep_leftovers: async ({ chance }, { dir }) => {
    await sweepDrafts(dir, hour * 1_000)
    await sweepLocks(dir, hour * 1_000)
    // A mail may take hours to come, and its envelope is there before it.
    await sweepEnvelopes(dir, 24 * hour, chance.now())
    await sweepRunLogs(dir, 24 * hour, chance.now())
  },
}

/** The same for a list where nothing can be to do; without an archive, its log says so each time. */
const idleSteps: Readonly<Record<string, Step>> = {
  ...Object.fromEntries(Object.keys(steps).map((name) => [name, async () => {}])),
  run_digests: async (house, list, remark) => {
    if (list.settings.noarchive) (await runDigest(house, list)).forEach(remark)
  },
}

/** What the log says of these steps otherwise. */
const nothingDone = Object.keys(idleSteps)
  .map((name) => `${name}\n`)
  .join('')

/**
 * One maintenance run over a list (spec mailflow 9). A step that fails is reported and the next one
 * runs. Nothing happens when another run is at it.
 *
 * A list with nothing to do only gets its log, without the lock that keeps runs apart.
 *
 * @returns what was wrong, a line for each, and undefined when another run is at it.
 * @throws Fault when the list cannot be opened or its log not be written.
 */
export async function maintain(
  house: House,
  listDir: string,
): Promise<readonly string[] | undefined> {
  refuseToRoot(listDir)
  const list = openListNow(listDir)
  const id = house.chance.id()
  if (isIdle(house, list)) {
    if (list.settings.noarchive) return await take(idleSteps, house, list, quickRunLog(listDir, id))
    writeRunLog(listDir, id, `${firstLine(house)}\n${nothingDone}`)
    return []
  }
  const lock = await tryLock(listDir, 'maintenance')
  if (lock === undefined) return undefined
  try {
    return await take(steps, house, list, openRunLog(listDir, id))
  } finally {
    await lock.release()
  }
}

/** Whether a look finds nothing that any step could have to do. */
function isIdle({ chance }: House, { dir, settings }: OpenList): boolean {
  const quiet = quietList(dir)
  if (quiet === undefined) return false
  if (settings.noarchive) return true
  const facts = quiet.digestFacts()
  if (facts === undefined) return false
  const { newest, state } = facts
  return newest === 0 || planDigest(state, newest, chance.now() / 1_000, settings).do === 'wait'
}

async function take(
  steps: Readonly<Record<string, Step>>,
  house: House,
  list: OpenList,
  log: RunLog,
): Promise<readonly string[]> {
  log.line(firstLine(house))
  const problems: string[] = []
  for (const [name, step] of Object.entries(steps)) {
    log.line(name)
    for (const problem of await attempt(step, house, list, (text) => log.line(` - ${text}`))) {
      log.line(` - ${problem}`)
      problems.push(`${name}: ${problem}`)
      events.maintenanceProblem(list.dir, name, problem)
    }
  }
  await log.finish()
  return problems
}

function firstLine({ chance, zoneMinutes }: House): string {
  const now = chance.now()
  return `Starting maintenance run at ${ctime(now, zoneMinutes(now))}\n`
}

async function attempt(
  step: Step,
  house: House,
  list: OpenList,
  remark: (text: string) => void,
): Promise<readonly string[]> {
  try {
    return (await step(house, list, remark)) ?? []
  } catch (thrown) {
    return [asFault(thrown).message]
  }
}

async function unsent(
  house: House,
  listDir: string,
  what: string,
  outgoing: Parameters<typeof deliverOutgoing>[2],
): Promise<readonly string[]> {
  const left = await deliverOutgoing(house, listDir, outgoing)
  return left === 0 ? [] : [`${left} ${what}${left === 1 ? '' : 's'} could not be delivered yet`]
}
