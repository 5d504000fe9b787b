import { lstat, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathOn, type Shelf } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'
import { hasJournal } from './recover-journal.ts'

/**
 * Removes the regular files of a shelf that were last changed more than `seconds` before `now`
 * (milliseconds since 1970). Not recursive. A shelf that is not there is empty.
 *
 * @returns the names of what was removed.
 */
export async function expireShelf(
  listDir: string,
  shelf: Shelf,
  seconds: number,
  now: number,
): Promise<readonly string[]> {
  const removed: string[] = []
  try {
    const dir = pathOn(listDir, shelf)
    const names = new Set(await unless(['ENOENT', 'ENOTDIR'], readdir(dir), []))
    for (const name of names) {
      // A held post that was released, and whom to leave out: they wait for the end of that.
      const [, cookie] = /^([0-9a-f]{16})\.(?:sending|omit)$/.exec(name) ?? []
      if (cookie !== undefined && names.has(`${cookie}.sending`)) continue
      const path = join(dir, name)
      const facts = await unless(['ENOENT'], lstat(path), undefined)
      if (!facts?.isFile() || now - facts.mtimeMs <= seconds * 1_000) continue
      await rm(path, { force: true })
      removed.push(name)
    }
    return removed
  } catch (thrown) {
    throw diskFault(thrown, shelf)
  }
}

/**
 * Removes envelopes from incoming/ whose mail never came, or has gone, more than `seconds` ago. None
 * while mails are on their way from a journal: some of them may wait for long.
 */
export async function sweepEnvelopes(listDir: string, seconds: number, now: number): Promise<void> {
  const dir = pathOn(listDir, 'incoming')
  if (hasJournal(listDir)) return
  try {
    const names = new Set(await unless(['ENOENT'], readdir(dir), []))
    for (const name of names) {
      const [, id] = /^([0-9a-f]{16})\.envelope$/.exec(name) ?? []
      if (id === undefined || names.has(id)) continue
      const facts = await unless(['ENOENT'], lstat(join(dir, name)), undefined)
      if (facts !== undefined && now - facts.mtimeMs > seconds * 1_000)
        await rm(join(dir, name), { force: true })
    }
  } catch (thrown) {
    throw diskFault(thrown, 'incoming')
  }
}

/** Seconds after which mlmmj takes a mail in queue/ without sidecars for garbage (spec spool 1.6). */
const orphanSeconds = 36_000
/** Seconds after which an empty directory in requeue/ goes. */
const emptySeconds = 3_600

/**
 * Removes from queue/ what nobody will send any more: sidecars without a mail, and mails that have
 * stood ten hours without both sidecars. Complete mails are not touched (spec mailflow 9.1).
 */
export async function sweepQueue(listDir: string, now: number): Promise<void> {
  const dir = pathOn(listDir, 'queue')
  try {
    const names = new Set(await readdir(dir))
    const unfinished = new Set(await unless(['ENOENT'], readdir(pathOn(listDir, 'incoming')), []))
    for (const name of names) {
      const stem = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : undefined
      if (stem !== undefined) {
        // The mail comes first, so one that was not there before its sidecar has just been queued.
        const gone = !names.has(stem) && !(await unless(['ENOENT'], lstat(join(dir, stem)), false))
        if (gone) await rm(join(dir, name), { force: true })
        continue
      }
      if (names.has(`${name}.mailfrom`) && names.has(`${name}.reciptto`)) continue
      // It tells the next run how far the last one came with this mail.
      if (unfinished.has(name)) continue
      const facts = await unless(['ENOENT'], lstat(join(dir, name)), undefined)
      if (!facts?.isFile() || now - facts.mtimeMs <= orphanSeconds * 1_000) continue
      for (const part of ['', '.mailfrom', '.reciptto', '.reply-to'])
        await rm(join(dir, name + part), { force: true })
    }
  } catch (thrown) {
    throw diskFault(thrown, 'queue')
  }
}

/**
 * Removes from requeue/ what nobody waits for: empty directories after an hour, mails without
 * recipients, and recipients whose mail is gone once they are older than `seconds` (mlmmj leaves such
 * dead entries for ever, spec spool 1.5.7).
 *
 * @returns the names of dead entries that were removed.
 */
export async function sweepRequeue(
  listDir: string,
  seconds: number,
  now: number,
): Promise<readonly string[]> {
  const dir = pathOn(listDir, 'requeue')
  const dead: string[] = []
  try {
    for (const name of await unless(['ENOENT'], readdir(dir), [])) {
      const path = join(dir, name)
      const facts = await unless(['ENOENT'], lstat(path), undefined)
      if (!facts?.isDirectory()) continue
      const content = await unless(['ENOENT'], readdir(path), [])
      const age = (now - facts.mtimeMs) / 1_000
      if (content.length === 0) {
        if (age > emptySeconds) await unless(['ENOTEMPTY', 'ENOENT'], rmdir(path), undefined)
      } else if (content.length === 1 && content[0] === 'mailfile') {
        if (age > emptySeconds) await rm(path, { recursive: true, force: true })
      } else if (age > seconds && !(await hasMail(listDir, name, content))) {
        await rm(path, { recursive: true, force: true })
        dead.push(name)
      }
    }
    return dead
  } catch (thrown) {
    throw diskFault(thrown, 'requeue')
  }
}

async function hasMail(
  listDir: string,
  name: string,
  content: readonly string[],
): Promise<boolean> {
  if (content.includes('mailfile')) return true
  const archived = unless(['ENOENT'], lstat(pathOn(listDir, 'archive', name)), undefined)
  return /^[1-9][0-9]*$/.test(name) && (await archived) !== undefined
}
