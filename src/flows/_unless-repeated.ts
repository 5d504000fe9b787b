import { digestOf } from '../base/hashes.ts'
import type { Decision } from '../policy/decision.ts'
import { repeatName } from '../policy/repeated-post.ts'
import { countLately } from '../spool/lately.ts'
import type { OriginalMail } from '../spool/prepared.ts'
import type { Case } from './_carry-out.ts'
import type { House } from './house.ts'

/** So much of a body tells one post from another. */
const mostBytes = 65_536

/**
 * Turns a post away that would go to subscribers or moderators and has done so too often: something
 * answers the list that does not say it is a program. All else that was decided stays.
 */
export async function unlessRepeated(
  { chance }: House,
  decision: Decision,
  { listDir, id, head, facts, settings }: Case,
  original: OriginalMail,
): Promise<Decision> {
  if (decision.do !== 'distribute' && decision.do !== 'hold') return decision
  const name = repeatName(head, facts.poster ?? '', await textOf(original, head.bodyStart))
  const spent = await countLately(
    listDir,
    'posts',
    { seed: id, quotas: [{ name, most: settings.repeatlimit }] },
    settings.limitwindow,
    chance.now(),
  )
  return spent === undefined ? decision : { do: 'discard', why: 'repeated', keep: 'original' }
}

async function textOf(original: OriginalMail, start: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of original.bytesFrom(start)) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= mostBytes) break
  }
  return digestOf(Buffer.concat(chunks).toString('latin1', 0, mostBytes).trimEnd())
}
