import { link, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { errnoOf, Fault } from '../base/fault.ts'
import { pathOn } from './_layout.ts'
import { createExclusive, diskFault, replaceFile, syncDirectory } from './durable.ts'
import { nextNumber } from './index-number.ts'
import { takeLock } from './lock.ts'
import { unless } from './_trouble.ts'

/** How often another program may take the number we were about to use before we call it trouble. */
const mostTries = 20

export interface CommittedPost {
  /** Its number in the archive and in VERP addresses. */
  readonly number: number
  readonly recipients: number
}

/**
 * Makes a prepared post the list's next one, so that every crash from here on leaves a state from
 * which the remaining recipients are served: first `requeue/N/subscribers` with everybody who shall
 * get it, then the mail itself as a second link of `source` at `archive/N`, or at
 * `requeue/N/mailfile` when nothing is archived. The second link is the moment of commitment
 * (`preparedState`); the source stays where it is.
 *
 * @throws Fault spoolFull, spoolTrouble or busy; the post is then not committed.
 */
export async function commitPost(
  listDir: string,
  source: string,
  archive: boolean,
  recipients: () => AsyncIterable<readonly string[]>,
): Promise<CommittedPost> {
  let number = await takeNumber(listDir)
  const count = await writeRecipients(listDir, number, recipients())
  if (!archive && count === 0) return { number, recipients: 0 }
  for (let tries = 0; tries < mostTries; tries++) {
    if (await linkMail(listDir, source, number, archive)) return { number, recipients: count }
    const taken = number
    number = await takeNumber(listDir)
    if (count > 0) await rename(numberDir(listDir, taken), numberDir(listDir, number))
  }
  throw new Fault('busy', `archive/${number} is there already; is another program archiving?`)
}

async function takeNumber(listDir: string): Promise<number> {
  await using held = await takeLock(listDir, 'list')
  return await nextNumber(listDir, held)
}

function numberDir(listDir: string, number: number): string {
  return pathOn(listDir, 'requeue', String(number))
}

async function writeRecipients(
  listDir: string,
  number: number,
  batches: AsyncIterable<readonly string[]>,
): Promise<number> {
  const dir = numberDir(listDir, number)
  let count = 0
  async function* lines() {
    for await (const batch of batches) {
      if (batch.length === 0) continue
      count += batch.length
      yield Buffer.from(`${batch.join('\n')}\n`, 'latin1')
    }
  }
  try {
    await mkdir(pathOn(listDir, 'requeue'), { recursive: true })
    await mkdir(dir, { mode: 0o750 })
  } catch (thrown) {
    throw diskFault(thrown, `requeue/${number}`)
  }
  try {
    await replaceFile(listDir, `${dir}/subscribers`, lines())
    if (count === 0) await rm(dir, { recursive: true })
    await syncDirectory(pathOn(listDir, 'requeue'))
    return count
  } catch (thrown) {
    await rm(dir, { recursive: true, force: true })
    throw diskFault(thrown, `requeue/${number}/subscribers`)
  }
}

/** False when a mail stands there already. */
async function linkMail(
  listDir: string,
  source: string,
  number: number,
  archive: boolean,
): Promise<boolean> {
  const target = archive
    ? pathOn(listDir, 'archive', String(number))
    : `${numberDir(listDir, number)}/mailfile`
  try {
    // A mail given by hand (mlmmj-send -m) may lie on another disk.
    if ((await unless(['EXDEV'], link(source, target), 'elsewhere')) === 'elsewhere')
      return (await createExclusive(listDir, target, await readFile(source))) === 'made'
    await syncDirectory(archive ? pathOn(listDir, 'archive') : numberDir(listDir, number))
    return true
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false
    throw diskFault(thrown, archive ? `archive/${number}` : `requeue/${number}/mailfile`)
  }
}
