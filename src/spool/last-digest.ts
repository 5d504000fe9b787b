import { readdir } from 'node:fs/promises'
import { Fault } from '../base/fault.ts'
import type { DigestState } from '../list/digest-state.ts'
import { fileOf, pathOn } from './_layout.ts'
import { waitForMlmmj } from './_mlmmj-lock.ts'
import { openPlain } from './_plain-file.ts'
import { diskFault, unless } from './_trouble.ts'
import { replaceFile } from './durable.ts'
import type { HeldLock } from './lock.ts'
import { readDigestName } from './requeue.ts'

/** More is not looked at: three numbers are never that long. */
const longest = 4_096

const none: DigestState = { lastPost: 0, lastAt: 0, issue: 0 }

/** What `lastdigest` holds: a state, or else garbage. */
export type LastDigest =
  | { readonly state: DigestState; readonly garbage?: undefined }
  | { readonly state: undefined; readonly garbage: string }

/**
 * Reads `lastdigest`: two or three numbers with colons between them on the first line, with or
 * without a line end; missing or empty means that there was no digest yet (spec spool 1.4).
 */
export async function readLastDigest(listDir: string): Promise<LastDigest> {
  const path = fileOf(listDir, 'lastDigest')
  try {
    // mlmmj 1.3 locks the file while it builds a digest.
    await waitForMlmmj([path])
    const file = await openPlain(path)
    if (file === 'nothing') return { state: none }
    // Were it as good as none, everything would be sent again.
    if (file === 'strange') throw new Fault('spoolTrouble', 'lastdigest is no plain file')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longest), 0, longest, 0)
      return parseLastDigest(buffer.toString('latin1', 0, bytesRead))
    } finally {
      await file.close()
    }
  } catch (thrown) {
    throw diskFault(thrown, 'lastdigest')
  }
}

/** @param text the beginning of `lastdigest`, or all of it */
export function parseLastDigest(text: string): LastDigest {
  const [line = ''] = text.split('\n')
  if (line.trim() === '') return { state: none }
  const fields = /^\s*(\d{1,15}):(\d{1,15})(?::(\d{1,15}))?\s*$/.exec(line)
  if (fields === null) return { state: undefined, garbage: line }
  const [lastPost = 0, lastAt = 0, issue = 0] = fields.slice(1).map((digits) => Number(digits ?? 0))
  return { state: { lastPost, lastAt, issue } }
}

/** @param held the lock `digest` of the list. */
export async function writeLastDigest(
  listDir: string,
  held: HeldLock,
  { lastPost, lastAt, issue }: DigestState,
): Promise<void> {
  const content = Buffer.from(`${lastPost}:${lastAt}:${issue}\n`)
  await replaceFile(listDir, fileOf(listDir, 'lastDigest'), content, {
    stillMine: () => held.stillMine(),
  })
}

/**
 * Reads `lastdigest`, and counts digests that stand in requeue/ but that a killed program could not
 * count any more: they will be delivered, so they must never be made again. Changes nothing when the
 * file holds garbage.
 *
 * @param held the lock `digest` of the list.
 * @param now milliseconds since 1970.
 */
export async function settleDigests(
  listDir: string,
  held: HeldLock,
  now: number,
): Promise<LastDigest> {
  const found = await readLastDigest(listDir)
  if (found.state === undefined) return found
  let { state } = found
  for (const { issue, first, last } of await countableDigests(listDir)) {
    if (issue !== state.issue + 1 || first !== state.lastPost + 1) continue
    state = { lastPost: last, lastAt: Math.floor(now / 1_000), issue }
    await writeLastDigest(listDir, held, state)
  }
  return { state }
}

async function countableDigests(listDir: string) {
  try {
    const names = await unless(['ENOENT'], readdir(pathOn(listDir, 'requeue')), [])
    return names
      .flatMap((name) => readDigestName(name) ?? [])
      .sort((one, other) => one.issue - other.issue)
  } catch (thrown) {
    throw diskFault(thrown, 'requeue')
  }
}
