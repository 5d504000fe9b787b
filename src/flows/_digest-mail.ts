import { events } from '../base/events.ts'
import { isFault } from '../base/fault.ts'
import { composeDigest, type Digest, type DigestOrder } from '../compose/digest.ts'
import type { DigestPost } from '../compose/digest-threads.ts'
import { lineFeeds } from '../compose/line-feeds.ts'
import { loopMark, marksOf } from '../list/loop-mark.ts'
import { textNames } from '../list/text-names.ts'
import { readHead } from '../message/head.ts'
import { valueOf } from '../message/mail-facts.ts'
import type { PostRange } from '../policy/digest.ts'
import {
  archivedHolds,
  readArchived,
  readArchivedHead,
  type ArchivedPost,
} from '../spool/archive.ts'
import { findText, textSources } from '../spool/texts.ts'
import type { House } from './house.ts'
import type { OpenList } from './reply-request.ts'

/**
 * The bytes of a digest, piece by piece: no more than one piece of one post is in memory. Posts with
 * CRLF and with LF line ends all come out with LF.
 */
export async function* digestMail(
  house: House,
  list: OpenList,
  issue: number,
  range: PostRange,
  posts: readonly ArchivedPost[],
): AsyncGenerator<Uint8Array> {
  const { dir } = list
  const digest = compose(dir, await orderOf(house, list, issue, range, posts))
  const boundary = await freeBoundary(house, dir, digest.text, posts)
  yield digest.opening(boundary)
  for (const { number } of posts) {
    yield digest.partOpening(boundary, number)
    const normal = lineFeeds()
    for await (const piece of readArchived(dir, number)) yield normal(piece)
  }
  yield digest.closing(boundary)
}

/** More lists than this have never passed a post on. */
const mostMarks = 100

async function orderOf(
  house: House,
  { dir, identity, settings }: OpenList,
  issue: number,
  { first, last }: PostRange,
  archived: readonly ArchivedPost[],
): Promise<DigestOrder> {
  const posts: DigestPost[] = []
  const marks = new Set([loopMark(identity)])
  for (const { number } of archived) {
    const head = readHead(await readArchivedHead(dir, number))
    for (const mark of marksOf(head)) marks.add(mark)
    posts.push({ number, subject: valueOf(head, 'subject'), from: valueOf(head, 'from') })
  }
  const { chance, zoneMinutes } = house
  const epochMs = chance.now()
  return {
    identity,
    settings,
    issue,
    first,
    last,
    posts,
    marks: [...marks].slice(0, mostMarks),
    template: findText(dir, house, textNames({ purpose: 'digest' }))?.source,
    sources: textSources(dir),
    stamp: {
      epochMs,
      zoneMinutes: zoneMinutes(epochMs),
      pid: process.pid,
      random: chance.id().slice(0, 8),
    },
  }
}

/** A list text that nobody can render costs the digest its summary, not its readers their posts. */
function compose(listDir: string, order: DigestOrder): Digest {
  try {
    const digest = composeDigest(order)
    for (const why of digest.warnings) events.settingIgnored(listDir, 'list text digest', why)
    return digest
  } catch (thrown) {
    if (!isFault(thrown, 'badSettings') || order.template === undefined) throw thrown
    events.settingIgnored(listDir, 'list text digest', thrown.message)
    return composeDigest({ ...order, template: undefined })
  }
}

/** Whoever could foresee the boundary could end a digest where he likes; so one that occurs is not taken. */
async function freeBoundary(
  { chance }: House,
  listDir: string,
  text: Buffer,
  posts: readonly ArchivedPost[],
): Promise<string> {
  for (;;) {
    const boundary = chance.id()
    let occurs = text.includes(boundary, 0, 'latin1')
    for (const { number } of posts) occurs ||= await archivedHolds(listDir, number, boundary)
    if (!occurs) return boundary
  }
}
