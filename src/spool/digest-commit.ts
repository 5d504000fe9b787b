import { mkdir, open, rename, rm } from 'node:fs/promises'
import { pathOn } from './_layout.ts'
import { draftPath, ensurePrivate, giveToOwner } from './_private-directory.ts'
import { diskFault, replaceFile, syncDirectory } from './durable.ts'
import type { DigestName } from './requeue.ts'

/**
 * Puts a digest into requeue/ with everybody who shall get it, from where it is delivered as a post
 * is. Its directory is made aside and moved there complete, so that a directory which is there
 * stands for a digest which is safe.
 *
 * @param recipients addresses, in batches.
 * @param mail its bytes; not asked for when there are no recipients.
 * @returns how many recipients there are; 0: nothing was put there.
 * @throws Fault spoolFull or spoolTrouble; nothing was put there then.
 */
export async function commitDigest(
  listDir: string,
  name: DigestName,
  recipients: AsyncIterable<readonly string[]>,
  mail: AsyncIterable<Uint8Array>,
): Promise<number> {
  await ensurePrivate(listDir)
  const dir = draftPath(listDir)
  try {
    await mkdir(dir, { mode: 0o750 })
    const count = await writeRecipients(listDir, `${dir}/subscribers`, recipients)
    if (count === 0) return 0
    await writeMail(listDir, `${dir}/mailfile`, mail)
    await giveToOwner(listDir, dir)
    await syncDirectory(dir)
    await mkdir(pathOn(listDir, 'requeue'), { recursive: true })
    await rename(dir, pathOn(listDir, 'requeue', name))
    await syncDirectory(pathOn(listDir, 'requeue'))
    return count
  } catch (thrown) {
    throw diskFault(thrown, `requeue/${name}`)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function writeRecipients(
  listDir: string,
  path: string,
  batches: AsyncIterable<readonly string[]>,
): Promise<number> {
  let count = 0
  async function* lines() {
    for await (const batch of batches) {
      if (batch.length === 0) continue
      count += batch.length
      yield Buffer.from(`${batch.join('\n')}\n`, 'latin1')
    }
  }
  await replaceFile(listDir, path, lines())
  return count
}

async function writeMail(
  listDir: string,
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await giveToOwner(listDir, path)
  for await (const piece of pieces) await file.appendFile(piece)
  await file.sync()
}
