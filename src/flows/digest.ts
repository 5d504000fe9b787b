import { events } from '../base/events.ts'
import type { DigestState } from '../list/digest-state.ts'
import { planDigest, selectPosts, type PostRange } from '../policy/digest.ts'
import { archivedPosts, newestPost } from '../spool/archive.ts'
import { commitDigest } from '../spool/digest-commit.ts'
import { settleDigests, writeLastDigest } from '../spool/last-digest.ts'
import { takeLock, type HeldLock } from '../spool/lock.ts'
import { dropMailFile, findMailFile } from '../spool/mail-file.ts'
import { readMail, type DigestName } from '../spool/requeue.ts'
import { rosterOf } from '../spool/roster.ts'
import { deliverPost, type DeliveryReport } from './deliver-post.ts'
import { digestMail } from './_digest-mail.ts'
import type { House } from './house.ts'
import type { OpenList } from './reply-request.ts'

/**
 * Makes the digest that is due, if one is, and sends it (spec mailflow 8). Whoever cannot be reached
 * now stays in requeue/, where `deliverPending` finds him.
 *
 * @returns what keeps the list from having digests, a sentence for each.
 * @throws Fault busy when another run is at the list's digests; faults of the spool.
 */
export async function runDigest(house: House, list: OpenList): Promise<readonly string[]> {
  if (list.settings.noarchive) return ['control/noarchive is set, so there are no digests']
  const made = await makeDigests(house, list)
  if (typeof made === 'string') return [made]
  for (const name of made) await deliverPost(house, list.dir, name)
  return []
}

/**
 * Sends a mail file as it is to everybody in digesters.d, in the way of a digest, and removes the
 * file (mlmmj-send -l 7).
 *
 * @throws Fault noSuchFile when it is not there; faults of the spool.
 */
export async function sendDigestFile(
  house: House,
  listDir: string,
  file: string,
): Promise<DeliveryReport> {
  const source = await findMailFile(listDir, file)
  const name: DigestName = `digest.${house.chance.id()}`
  async function* bytes() {
    yield await readMail(source)
  }
  await commitDigest(listDir, name, rosterOf(listDir).subscribers('digest'), bytes())
  await dropMailFile(source)
  return await deliverPost(house, listDir, name)
}

/** Makes what is due, under a lock of its own; or says what is wrong. */
async function makeDigests(house: House, list: OpenList): Promise<readonly DigestName[] | string> {
  const { dir, settings } = list
  await using held = await takeLock(dir, 'digest')
  const now = house.chance.now()
  const lastAt = Math.floor(now / 1_000)
  const newest = await newestPost(dir)
  if (newest === undefined) return 'index holds no number, so there are no digests'
  if (newest.number === 0) return []
  const { state, garbage } = await settleDigests(dir, held, now)
  if (state === undefined) {
    events.lastDigestRecovered(dir, garbage.slice(0, 40), newest.number)
    await writeLastDigest(dir, held, { lastPost: newest.number, lastAt, issue: 0 })
    return `lastdigest could not be read; the next digest begins behind post ${newest.number}`
  }
  const plan = planDigest(state, newest.number, lastAt, settings)
  switch (plan.do) {
    case 'wait':
      return []
    case 'skip':
      await writeLastDigest(dir, held, { ...state, lastPost: plan.to, lastAt })
      return []
    case 'collect':
      return await collect(house, list, held, { ...state, lastAt }, plan, newest)
    default:
      return plan satisfies never
  }
}

/** Makes one digest of a range; or several, when one would be too large. */
async function collect(
  house: House,
  list: OpenList,
  held: HeldLock,
  { issue: before, lastAt }: DigestState,
  { first, last }: PostRange,
  newest: { readonly number: number; readonly givenAt: number },
): Promise<readonly DigestName[]> {
  const { dir } = list
  const archived = await archivedPosts(dir, { first, last, newest: newest.number })
  const made: DigestName[] = []
  let [issue, next, full] = [before, first, true]
  while (full) {
    const waiting = archived.filter(({ number }) => number >= next)
    const selected = selectPosts({ first: next, last }, waiting, newest.givenAt, house.chance.now())
    if (selected.last < next) break
    const range = { first: next, last: selected.last }
    if (selected.posts.length > 0) {
      issue++
      const name: DigestName = `digest.${issue}.${range.first}.${range.last}`
      const readers = rosterOf(dir).subscribers('digest')
      const mail = digestMail(house, list, issue, range, selected.posts)
      const recipients = await commitDigest(dir, name, readers, mail)
      if (recipients > 0) made.push(name)
      events.digestMade(dir, issue, range.first, range.last, recipients)
    }
    // A digest that is committed is counted already for whoever comes after a crash: settleDigests.
    await writeLastDigest(dir, held, { lastPost: range.last, lastAt, issue })
    next = range.last + 1
    full = selected.full
  }
  return made
}
