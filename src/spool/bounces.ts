import { constants } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { errnoOf } from '../base/fault.ts'
import { isAddress, type Address } from '../message/address.ts'
import {
  beginningOf,
  canBeRecordName,
  hasSuffix,
  mailSuffix,
  probeSuffix,
  recordedAddress,
  recordName,
  removeBounceFile,
  standing,
  type Standing,
} from './_bounce-files.ts'
import { bytesOn, pathOn } from './_layout.ts'
import { giveToOwner } from './_private-directory.ts'
import { createExclusive, diskFault, replaceFile, syncDirectory } from './durable.ts'

/** A bounce as it is recorded. */
export interface BounceStamp {
  /** What bounced: a post's number, or a word such as `digest`. */
  readonly id: number | string
  readonly epochSeconds: number
  /** The same time for people. */
  readonly ctime: string
  /** Unless given, there is no limit to what is noted. */
  readonly limit?: { readonly most: number; readonly windowSeconds: number }
}

/** An address in bounce/; times are seconds since 1970. */
export interface Bouncer {
  readonly address: Address
  /** False: a probe's marker stands alone. */
  readonly hasRecord: boolean
  /** The first bounce on record; undefined when there is none, or its line has no time. */
  readonly since: number | undefined
  /** When a probe was sent that has not come back. */
  readonly probedAt: number | undefined
}

/** Whether an id cannot break the record's lines (spec spool 1.4); an empty one cannot. */
export function isBounceId(id: number | string): boolean {
  return /^[\w.]{0,40}$/.test(String(id))
}

/**
 * Notes that a mail to this address came back: one line `ID:EPOCH # CTIME` in bounce/USER=DOMAIN
 * (spec spool 1.4). The caller has made sure that it is a subscriber.
 *
 * @returns false when the address cannot be a file name, or when something strange stands there;
 *   `enough` when there were so many within the window already (the first line counts, not how many).
 */
export async function recordBounce(
  listDir: string,
  address: string,
  { id, epochSeconds, ctime, limit }: BounceStamp,
): Promise<boolean | 'enough'> {
  const name = recordName(address)
  if (!isBounceId(id) || !(await canHoldRecord(listDir, name))) return false
  const path = bytesOn(listDir, 'bounces', name)
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
  try {
    await using file = await open(path, flags | constants.O_NONBLOCK, 0o600)
    const facts = await file.stat()
    if (!facts.isFile()) return false
    if (facts.size === 0) await giveToOwner(listDir, path)
    if (facts.size > mostRecordBytes) return 'enough'
    const tail = await endOf(file, facts.size)
    if (limit !== undefined && countSince(tail, epochSeconds - limit.windowSeconds) >= limit.most)
      return 'enough'
    // A line that a crash cut off would spoil this one too.
    const start = facts.size > 0 && !tail.endsWith('\n') ? '\n' : ''
    await file.writeFile(`${start}${id}:${epochSeconds} # ${ctime}\n`, 'latin1')
    await file.datasync()
    return true
  } catch (thrown) {
    if (['ELOOP', 'ENXIO', 'EISDIR'].includes(errnoOf(thrown) ?? '')) return false
    throw diskFault(thrown, 'bounce')
  }
}

/** A forger cannot fill the disk with one address. */
const mostRecordBytes = 262_144
/** So many lines are looked at, to see how often an address has bounced lately. */
const tailBytes = 32_768

async function endOf(file: FileHandle, size: number): Promise<string> {
  const tail = Buffer.alloc(Math.min(size, tailBytes))
  const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length)
  return tail.toString('latin1', 0, bytesRead)
}

function countSince(lines: string, seconds: number): number {
  return [...lines.matchAll(/:(\d{1,15}) #/g)].filter(([, time]) => Number(time) > seconds).length
}

async function canHoldRecord(listDir: string, name: string): Promise<boolean> {
  if (!canBeRecordName(name)) return false
  return !hasSuffix(name) || ['nothing', 'record'].includes(await standing(listDir, name))
}

/** Keeps the mail that came back for people to look at, in place of an earlier one. */
export async function keepLastBounce(
  listDir: string,
  address: string,
  mail: Uint8Array,
): Promise<void> {
  const name = recordName(address) + mailSuffix
  const found = await standing(listDir, name)
  if (found === 'nothing' || found === 'mail')
    await replaceFile(listDir, bytesOn(listDir, 'bounces', name), mail)
}

/** Everybody in bounce/, one by one. @throws Fault spoolTrouble when it cannot be read. */
export async function* bouncersOf(listDir: string): AsyncGenerator<Bouncer> {
  const names = await readdir(pathOn(listDir, 'bounces'), { encoding: 'buffer' }).catch(
    (thrown: unknown) => {
      throw diskFault(thrown, 'bounce')
    },
  )
  const kinds = new Map<string, Standing>()
  for (const name of names.map((bytes) => bytes.toString('latin1')))
    if (canBeRecordName(name)) kinds.set(name, await standing(listDir, name))
  for (const [name, kind] of kinds) {
    const stem = name.slice(0, -probeSuffix.length)
    const alone = kind === 'marker' && kinds.get(stem) !== 'record'
    if (kind !== 'record' && !alone) continue
    const address = recordedAddress(alone ? stem : name)
    if (!name.includes('=') || !isAddress(address)) continue
    const [since, probedAt] = [await sinceOf(listDir, address), await probedAtOf(listDir, address)]
    yield { address, hasRecord: !alone, since, probedAt }
  }
}

/** The number before ` #`, whatever the id before it holds; else the one behind the first `:`. */
async function sinceOf(listDir: string, address: string): Promise<number | undefined> {
  const found = await beginningOf(listDir, recordName(address), 4_096)
  const line = typeof found === 'string' ? '' : (found.text.split('\n')[0] ?? '')
  const time = /:(\d{1,15}) +#/.exec(line) ?? /^[^:]*:(\d{1,15})\b/.exec(line)
  return time?.[1] === undefined ? undefined : Number(time[1])
}

/** When the probe was sent that has not come back, seconds since 1970; undefined without one. */
export async function probeTime(listDir: string, address: string): Promise<number | undefined> {
  return canBeRecordName(recordName(address)) ? await probedAtOf(listDir, address) : undefined
}

async function probedAtOf(listDir: string, address: string): Promise<number | undefined> {
  const name = recordName(address) + probeSuffix
  if ((await standing(listDir, name)) !== 'marker') return undefined
  const found = await beginningOf(listDir, name, 64)
  if (typeof found === 'string') return undefined
  // Whoever wrote an empty one was killed at it.
  return Number(found.text.trim()) || found.writtenAt
}

/** What bounced, by the lines of the record, for the text of a probe: as they stand there. */
export async function bounceIds(listDir: string, address: string): Promise<readonly string[]> {
  const found = await beginningOf(listDir, recordName(address), 262_144)
  const lines = typeof found === 'string' ? [] : found.text.split('\n')
  const end = lines.findIndex((line) => !line.includes(':'))
  return lines.slice(0, end < 0 ? undefined : end).map((line) => line.slice(0, line.indexOf(':')))
}

/**
 * Notes, durably, that a probe is about to be sent.
 *
 * @returns false when one is out already, or when something else has the marker's name.
 */
export async function noteProbe(
  listDir: string,
  address: string,
  epochSeconds: number,
): Promise<boolean> {
  const name = recordName(address)
  if (!canBeRecordName(name)) return false
  const path = bytesOn(listDir, 'bounces', name + probeSuffix)
  return (await createExclusive(listDir, path, Buffer.from(String(epochSeconds)))) === 'made'
}

/** A probe came back, or could not leave. Answers whether one was out. */
export async function dropProbe(listDir: string, address: string): Promise<boolean> {
  const name = recordName(address)
  if (!canBeRecordName(name)) return false
  if ((await standing(listDir, name + probeSuffix)) !== 'marker') return false
  await removeBounceFile(listDir, name + probeSuffix)
  return true
}

/**
 * Takes everything about an address out of bounce/. The marker goes last: what a crash leaves shall
 * not look like a record whose probe came back.
 */
export async function forgetBouncer(listDir: string, address: string): Promise<void> {
  const name = recordName(address)
  const kept = name + mailSuffix
  if ((await standing(listDir, kept)) === 'mail') await removeBounceFile(listDir, kept)
  if ((await standing(listDir, name)) === 'record') await removeBounceFile(listDir, name)
  await syncDirectory(pathOn(listDir, 'bounces'))
  await dropProbe(listDir, address)
}
