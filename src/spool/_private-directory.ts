import { lstatSync } from 'node:fs'
import { chmod, chown, lchown, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { realChance } from '../base/chance.ts'
import { Fault } from '../base/fault.ts'
import { pathOn, type Place } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

/**
 * Makes LD/.mlmmj-ts when it is missing, for the owner alone; or for a group too when that group
 * may write subscribers.d, since whoever changes subscribers takes the lock. A link in its place
 * could lead outside: refused.
 */
export async function ensurePrivate(listDir: string): Promise<void> {
  const dir = pathOn(listDir, 'private')
  try {
    // Asked for each mail, and a thread of its own would cost ten times as much.
    if (lstatSync(dir, { throwIfNoEntry: false })?.isDirectory()) return
    let found = await unless(['ENOENT'], lstat(dir), undefined)
    if (found === undefined) {
      const made = await unless(
        ['EEXIST'],
        mkdir(dir, { mode: 0o700 }).then(() => true),
        false,
      )
      if (made) await giveToOwner(listDir, dir)
      if (made) await shareWithGroup(listDir, dir)
      found = await lstat(dir)
    }
    if (!found.isDirectory()) throw new Fault('spoolTrouble', '.mlmmj-ts is no directory')
  } catch (thrown) {
    throw diskFault(thrown, '.mlmmj-ts')
  }
}

async function shareWithGroup(listDir: string, dir: string): Promise<void> {
  const subscribers = await unless(['ENOENT'], stat(pathOn(listDir, 'normal')), undefined)
  if (subscribers === undefined || (subscribers.mode & 0o020) === 0) return
  const { uid } = await stat(dir)
  // We may not be in that group; then it cannot be given to it.
  const given = chown(dir, uid, subscribers.gid).then(() => true)
  // The set-group-id bit hands the group on to the locks inside.
  if (await unless(['EPERM'], given, false)) await chmod(dir, 0o2770)
}

const draftPrefix = 'draft-'

/** A fresh name below LD/.mlmmj-ts for something unfinished. */
export function draftPath(listDir: string): string {
  return pathOn(listDir, 'private', draftPrefix + realChance.id())
}

export function isDraft(name: string): boolean {
  return name.startsWith(draftPrefix)
}

/**
 * What root makes in a list belongs to the list's owner, or else the owner's programs could not
 * read it any more (spec spool 1.3, the quirk of 1.5). Does nothing for anybody but root, and
 * follows no link.
 */
export async function giveToOwner(ownedDir: Place, made: Place): Promise<void> {
  if (process.geteuid?.() !== 0) return
  const { uid, gid } = await stat(ownedDir)
  if (uid !== 0 || gid !== 0) await lchown(made, uid, gid)
}

/** Removes drafts that killed programs left behind. Answers how many there were. */
export async function sweepDrafts(listDir: string, olderThanMs: number): Promise<number> {
  const dir = pathOn(listDir, 'private')
  let swept = 0
  try {
    for (const name of await unless(['ENOENT'], readdir(dir), [])) {
      const path = join(dir, name)
      const found = isDraft(name) && (await unless(['ENOENT'], lstat(path), undefined))
      if (!found || realChance.now() - found.mtimeMs < olderThanMs) continue
      await rm(path, { recursive: true, force: true })
      swept += 1
    }
    return swept
  } catch (thrown) {
    throw diskFault(thrown, '.mlmmj-ts')
  }
}
