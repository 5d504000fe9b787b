import { link, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { errnoOf, Fault } from '../base/fault.ts'
import { pathOn } from './_layout.ts'
import { isUnsettled } from './committed.ts'
import { diskFault, replaceFile, syncDirectory } from './durable.ts'
import { takeLock } from './lock.ts'
import { unless } from './_trouble.ts'
import { mlmmjHolds } from './_mlmmj-lock.ts'
import { piecesOf } from './_pieces.ts'
import { mostMailBytes, readPlain, type Links } from './_plain-file.ts'

const pieceBytes = 65_536

/**
 * A digest's directory in requeue/: `digest.ISSUE.FIRST.LAST`, or `digest.ID` for a mail that was
 * sent as one by hand. mlmmj 1.3 finishes what it finds there, and puts this name into the bounce
 * address, where a `-` would begin the recipient.
 */
export type DigestName = `digest.${string}`

const digestNames = /^digest\.(?:([0-9a-f]{16})|(\d{1,15})\.(\d{1,15})\.(\d{1,15}))$/

/** The numbers in the name of a digest; undefined for any other name. */
export function readDigestName(
  name: string,
): { issue: number; first: number; last: number } | undefined {
  const [, , issue, first, last] = digestNames.exec(name) ?? []
  if (issue === undefined) return undefined
  return { issue: Number(issue), first: Number(first), last: Number(last) }
}

/** What some recipients still wait for. */
export interface PendingPost {
  /** The number of a post; or which digest it is. */
  readonly number: number | DigestName
  /** The mail: archive/N, or requeue/N/mailfile for digests and on lists without an archive. */
  readonly path: string
  /** When it was committed, as near as the file system knows (milliseconds since 1970). */
  readonly since: number
  /** When delivery was last tried, or else when it was committed. */
  readonly triedAt: number
}

/** What in requeue/ has recipients and a mail: posts, lowest number first, and then digests. */
export async function pendingPosts(listDir: string): Promise<readonly PendingPost[]> {
  const names = await readdir(pathOn(listDir, 'requeue')).catch((thrown: unknown): string[] => {
    if (errnoOf(thrown) === 'ENOENT') return []
    throw diskFault(thrown, 'requeue')
  })
  const numbers = names.filter((name) => /^[1-9][0-9]{0,14}$/.test(name)).map(Number)
  const digests = names.filter((name): name is DigestName => digestNames.test(name))
  numbers.sort((one, other) => one - other)
  const found: PendingPost[] = []
  for (const number of [...numbers, ...digests]) {
    const post = await pendingPost(listDir, number)
    if (post !== undefined) found.push(post)
  }
  return found
}

/** Undefined when nobody waits for this post or digest, or when its mail is gone or not settled yet. */
export async function pendingPost(
  listDir: string,
  number: number | DigestName,
): Promise<PendingPost | undefined> {
  const dir = pathOn(listDir, 'requeue', String(number))
  const archived = typeof number === 'number' ? [pathOn(listDir, 'archive', String(number))] : []
  const places = [...archived, `${dir}/mailfile`]
  // Looked at before anything is renamed in it: its time says when delivery was last tried.
  const folder = await factsOf(dir)
  for (const path of places) {
    const facts = await factsOf(path)
    if (!facts?.isFile()) continue
    if (!archived.includes(path) && (await isUnsettled(listDir, path))) return undefined
    await takeBackResending(dir, path)
    const waiting = await factsOf(`${dir}/subscribers`)
    if (!waiting?.isFile()) return undefined
    // The inode changes when a mail is linked to its shelf, so ctime is the time of commitment even
    // for a post that was held for days before; a resend of an old post begins with its directory.
    const since = Math.max(facts.ctimeMs, folder?.birthtimeMs ?? 0)
    return { number, path, since, triedAt: folder?.mtimeMs ?? 0 }
  }
  return undefined
}

/** What a crashed mlmmj 1.3 left as `subscribers.resending` is as good as `subscribers` (spec spool 5). */
async function takeBackResending(dir: string, mail: string): Promise<void> {
  const left = await factsOf(`${dir}/subscribers.resending`)
  if (!left?.isFile() || (await factsOf(`${dir}/subscribers`)) !== undefined) return
  // mlmmj-send locks the mail it sends, so a lock means that it is still at work.
  if (await mlmmjHolds(mail)) return
  await rename(`${dir}/subscribers.resending`, `${dir}/subscribers`)
}

async function factsOf(path: string) {
  return await stat(path).catch((thrown: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(thrown) ?? '')) return undefined
    throw diskFault(thrown, path)
  })
}

/** Remembers that a delivery was tried now (`lastTried` of a pending post is this moment). */
export async function touchPending(
  listDir: string,
  number: number | DigestName,
  now: number,
): Promise<void> {
  const seconds = now / 1_000
  await utimes(pathOn(listDir, 'requeue', String(number)), seconds, seconds)
}

/** The bytes of a pending post's mail. */
export async function readMail(path: string): Promise<Buffer> {
  return await wholeOf(path)
}

async function wholeOf(path: string, links?: Links): Promise<Buffer> {
  const bytes = await readPlain(path, mostMailBytes, path, links)
  if (bytes === undefined) throw new Fault('spoolTrouble', `${path} is not there any more`)
  return bytes
}

/** The same in pieces, each of which is gone when the next one is asked for. */
export function mailPieces(path: string): AsyncGenerator<Buffer> {
  return piecesOf(path, path, Buffer.allocUnsafe(pieceBytes))
}

/**
 * Adds the recipients in a file to those who wait for post N, and removes the file. The mail is taken
 * along when neither archive/N nor requeue/N has it.
 *
 * @throws Fault busy when post N is being delivered at this moment.
 */
export async function addRemaining(
  listDir: string,
  number: number,
  mail: string,
  recipients: string,
): Promise<void> {
  const dir = pathOn(listDir, 'requeue', String(number))
  const waiting = `${dir}/subscribers`
  await using lock = await takeLock(listDir, `post-${number}`, { waitMs: 1_000 })
  try {
    await mkdir(dir, { recursive: true, mode: 0o750 })
    if (await unless(['ENOENT'], sameFile(recipients, waiting), false)) return
    const more = await wholeOf(recipients, 'followed')
    const before = (await readPlain(waiting, mostMailBytes, waiting)) ?? Buffer.alloc(0)
    const gap = before.length > 0 && before.at(-1) !== 0x0a ? '\n' : ''
    const parts = [before, Buffer.from(gap), more]
    await replaceFile(listDir, waiting, Buffer.concat(parts), { stillMine: () => lock.stillMine() })
    if ((await factsOf(pathOn(listDir, 'archive', String(number)))) === undefined)
      await unless(['EEXIST'], link(mail, `${dir}/mailfile`), undefined)
    await syncDirectory(dir)
    await rm(recipients, { force: true })
  } catch (thrown) {
    throw diskFault(thrown, `requeue/${number}`)
  }
}

async function sameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(one), stat(other)])
  return first.ino === second.ino && first.dev === second.dev
}
