import { asciiLower } from '../base/bytes.ts'
import { events } from '../base/events.ts'
import { matchAddress, type Identity } from '../list/identity.ts'
import { isAddress } from '../message/address.ts'
import { ctime } from '../message/date.ts'
import { isPolicyRefusal, type FailedRecipient } from '../message/report.ts'
import { splitCheck } from '../message/bounce-check.ts'
import { readBounceExtension } from '../message/verp.ts'
import { isBounceId, keepLastBounce, recordBounce, dropProbe } from '../spool/bounces.ts'
import { dropPending } from '../spool/pending.ts'
import { rosterOf, subscriberKinds } from '../spool/roster.ts'
import { settingsOf } from '../spool/settings.ts'
import type { House } from './house.ts'

/** What a bounce address names: `12-ann=example.org`, taken apart by readBounceExtension(). */
export interface BouncedTo {
  /** A post's number, `probe`, `confsub`, `confunsub`, or another word for what was sent. */
  readonly which: string
  /** What stands behind that: a cookie, or an address with `=` for `@`; in lower case. */
  readonly suffix: string
  readonly address: string | undefined
}

/** `refused`: its record cannot be written, because something strange has its name. */
export type Noted = 'noted' | 'ignored' | 'refused'

/**
 * Does what follows from a bounce that came to an address of its own (spec mailflow 7.1): takes back
 * the cookie of a confirmation, notes that a probe failed, or puts it on the subscriber's record.
 *
 * @param mail what came back, kept beside the record
 * @throws Fault spoolTrouble, spoolFull
 */
export async function noteBounce(
  house: House,
  listDir: string,
  { which, suffix, address }: BouncedTo,
  mail: Buffer | undefined,
): Promise<Noted> {
  const word = asciiLower(which)
  if (word === 'confsub' || word === 'confunsub') {
    await dropPending(listDir, word === 'confsub' ? 'subconf' : 'unsubconf', suffix)
    events.confirmationBounced(listDir, word)
    return 'noted'
  }
  const why = whyIgnored(which, address)
  if (why !== undefined || address === undefined) return ignore(listDir, which, why, address)
  if (word === 'probe') {
    if (!(await dropProbe(listDir, address)))
      return ignore(listDir, which, 'no such probe', address)
    events.probeBounced(listDir, address)
    return 'noted'
  }
  if (!(await rosterOf(listDir).has(address)))
    return ignore(listDir, which, 'not subscribed', address)
  return await record(house, listDir, which, address, mail)
}

/**
 * Notes everybody whom a delivery report names (spec mailflow 7.2). Who was refused by policy, or is
 * no subscriber under any name, is passed over. No mail is kept beside the records, as in mlmmj.
 */
export async function noteReport(
  house: House,
  listDir: string,
  which: string,
  recipients: readonly FailedRecipient[],
): Promise<void> {
  const members = await membersAmong(
    listDir,
    recipients.flatMap(({ addresses }) => addresses.map(asciiLower)),
  )
  const noted = new Set<string>()
  for (const { addresses, policy } of recipients) {
    const names = addresses.map(asciiLower)
    const address = names.find((name) => members.has(name)) ?? names[0]
    const why = policy
      ? 'policy'
      : members.has(address ?? '')
        ? whyIgnored(which, address)
        : 'not subscribed'
    if (why !== undefined || address === undefined) ignore(listDir, which, why, address)
    else if (!noted.has(address)) await record(house, listDir, which, address, undefined)
    if (address !== undefined) noted.add(address)
  }
}

/**
 * A mail of ours was refused for good before it left: a probe or a question whose answer nobody can
 * send is dealt with as if it had come back. A refusal by policy leaves a probe out.
 *
 * @param from its envelope sender
 * @param reply what the relay said
 */
export async function noteRefusedReply(
  house: House,
  listDir: string,
  list: Identity,
  from: string,
  reply: string,
): Promise<void> {
  const extension = matchAddress(list, from)?.extension ?? ''
  const { suffix, address, ...rest } = readBounceExtension(extension.replace(/^bounces-/i, ''))
  const { which } = splitCheck(rest.which)
  if (suffix === undefined || !/^(probe|conf(un)?sub)$/i.test(which)) return
  if (!/^bounces-/i.test(extension)) return
  if (which === 'probe' && isPolicyRefusal(reply)) return
  await noteBounce(house, listDir, { which, suffix, address }, undefined)
}

/** In one pass over the subscribers: a report can name thousands who are none. */
async function membersAmong(
  listDir: string,
  wanted: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked = new Set(wanted)
  const found = new Set<string>()
  for (const kind of subscriberKinds)
    for await (const batch of rosterOf(listDir).lines(kind))
      for (const line of batch.map((text) => asciiLower(text.trim())))
        if (asked.has(line)) found.add(line)
  return found
}

function whyIgnored(which: string, address: string | undefined): string | undefined {
  if (!isBounceId(which)) return 'not an id'
  return address === undefined || !isAddress(address) ? 'no address' : undefined
}

async function record(
  { chance, zoneMinutes }: House,
  listDir: string,
  id: string,
  address: string,
  mail: Buffer | undefined,
): Promise<Noted> {
  const now = chance.now()
  const stamp = {
    id,
    epochSeconds: Math.floor(now / 1_000),
    ctime: ctime(now, zoneMinutes(now)),
  }
  const { bouncelimit: most, limitwindow: windowSeconds } = await settingsOf(listDir)
  const noted = await recordBounce(listDir, address, { ...stamp, limit: { most, windowSeconds } })
  if (noted === 'enough') return ignore(listDir, id, 'often enough already (bouncelimit)', address)
  if (!noted) {
    ignore(listDir, id, 'its record cannot be written', address)
    return 'refused'
  }
  if (mail !== undefined) await keepLastBounce(listDir, address, mail)
  events.bounceRecorded(listDir, id, address)
  return 'noted'
}

/** Whatever comes here was written by anybody, so the log gets no more than a line of it. */
function ignore(listDir: string, id: string, why = '', address?: string): 'ignored' {
  events.bounceIgnored(listDir, id.slice(0, 40), why, address?.slice(0, 254))
  return 'ignored'
}
