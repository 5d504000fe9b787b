import { bareBytes } from '../base/bytes.ts'
import { lstat, readdir, rename, rm } from 'node:fs/promises'
import { pathOn } from './_layout.ts'
import { isCommitted } from './committed.ts'
import { diskFault, syncDirectory } from './durable.ts'
import { isMailId } from './mail-id.ts'
import { readPlain } from './_plain-file.ts'
import { unless } from './_trouble.ts'

/** It is one address. */
const mostOmitBytes = 4_096

/** A held post that somebody has let through and nobody else can any more (`C.sending`). */
export interface ReleasedPost {
  readonly path: string
  /** The poster, when he shall get no copy. */
  readonly omit: string | undefined
  /** An interrupted release made it the list's next post already; only tidying is left. */
  readonly committed: boolean
}

/**
 * Takes a held post off its shelf: the rename is what keeps a second moderator from releasing it
 * again (spec spool 1.5.3). An interrupted release is found again under the same cookie.
 *
 * @returns undefined when no post waits under the cookie.
 */
export async function latchHeld(
  listDir: string,
  cookie: string,
): Promise<ReleasedPost | undefined> {
  if (!isMailId(cookie)) return undefined
  const path = pathOn(listDir, 'held', `${cookie}.sending`)
  try {
    await unless(['ENOENT'], rename(pathOn(listDir, 'held', cookie), path), undefined)
    // A link would make a post of whatever it leads to.
    const facts = await unless(['ENOENT'], lstat(path), undefined)
    if (!facts?.isFile()) return undefined
    const committed = await isCommitted(listDir, path)
    const shown = `moderation/${cookie}.omit`
    const omit = await readPlain(omitPath(listDir, cookie), mostOmitBytes, shown)
    return { path, omit: bareBytes(omit?.toString('latin1') ?? '') || undefined, committed }
  } catch (thrown) {
    throw diskFault(thrown, `moderation/${cookie}`)
  }
}

/** Takes away what is left of a held post that was released. */
export async function dropReleased(listDir: string, cookie: string): Promise<void> {
  await rm(pathOn(listDir, 'held', `${cookie}.sending`), { force: true })
  await rm(omitPath(listDir, cookie), { force: true })
  await syncDirectory(pathOn(listDir, 'held'))
}

/** Drops a held post. False when none waits under the cookie, or when it is being released. */
export async function rejectHeld(listDir: string, cookie: string): Promise<boolean> {
  if (!isMailId(cookie)) return false
  try {
    const removed = rm(pathOn(listDir, 'held', cookie)).then(() => true)
    if (!(await unless(['ENOENT'], removed, false))) return false
    await rm(omitPath(listDir, cookie), { force: true })
    return true
  } catch (thrown) {
    throw diskFault(thrown, `moderation/${cookie}`)
  }
}

/** Cookies of releases that were interrupted. */
export async function interruptedReleases(listDir: string): Promise<readonly string[]> {
  const names = await readdir(pathOn(listDir, 'held')).catch((thrown: unknown) => {
    throw diskFault(thrown, 'moderation')
  })
  return names
    .filter((name) => name.endsWith('.sending'))
    .map((name) => name.slice(0, -'.sending'.length))
    .filter(isMailId)
}

function omitPath(listDir: string, cookie: string): string {
  return pathOn(listDir, 'held', `${cookie}.omit`)
}
