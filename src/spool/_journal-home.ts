import { lstatSync, statSync } from 'node:fs'
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { pathOn, shownPath } from './_layout.ts'
import { ensurePrivate, giveToOwner } from './_private-directory.ts'
import { diskFault, unless } from './_trouble.ts'
import type { HeldLock } from './lock.ts'
import { journalsDir } from './recover-journal.ts'

/**
 * Where one holder of the lock keeps his journal: a directory with the number of his lock, which
 * nobody else will ever have. Who lost the lock without knowing finds nothing there any more.
 */
export interface JournalHome {
  readonly dir: string
  /** They take turns. */
  readonly files: readonly [string, string]
  /** Where mails lie complete, until no journal has them any more. */
  readonly placing: string
}

/** @throws Fault spoolFull or spoolTrouble */
export async function makeJournalHome(
  listDir: string,
  { generation }: HeldLock,
): Promise<JournalHome> {
  await ensurePrivate(listDir)
  const home = homeNamed(listDir, String(generation))
  try {
    for (const dir of [journalsDir(listDir), home.dir, home.placing])
      await ensureDirectory(listDir, dir)
    return home
  } catch (thrown) {
    throw diskFault(thrown, shownPath(home.dir))
  }
}

/** Whether a mail can be renamed from there into incoming/. */
export function canPlace(listDir: string, { placing }: JournalHome): boolean {
  return lstatSync(placing).dev === statSync(pathOn(listDir, 'incoming')).dev
}

/** The names of what earlier holders of the lock left behind. @throws Fault spoolTrouble */
export async function abandonedHomes(listDir: string): Promise<readonly string[]> {
  const parent = journalsDir(listDir)
  mustBeDirectory(parent)
  return await unless(['ENOENT'], readdir(parent), [])
}

/**
 * Takes possession of one of them, under a name that its maker does not know: who stood still and
 * goes on now can bring nothing into it.
 *
 * @throws Fault spoolTrouble also for what is no such directory
 */
export async function takeJournalHome(
  listDir: string,
  { generation }: HeldLock,
  name: string,
): Promise<JournalHome> {
  const old = join(journalsDir(listDir), name)
  const [, first] = /^(?:\d+-)?(\d+)$/.exec(name) ?? []
  if (first === undefined)
    throw new Fault('spoolTrouble', `${shownPath(old)} is no journal of ours: move it out of there`)
  mustBeDirectory(old)
  const home = homeNamed(listDir, `${generation}-${first}`)
  await rename(old, home.dir)
  // Whoever made it may have been killed before that.
  await ensureDirectory(listDir, home.placing)
  return home
}

/** When nothing is in them any more. */
export async function removeJournalHome(listDir: string, home: JournalHome): Promise<void> {
  for (const dir of [home.placing, home.dir]) await removeEmpty(dir)
  await removeJournals(listDir)
}

/** As long as the directory of journals is there, somebody looks into it for each mail. */
export async function removeJournals(listDir: string): Promise<void> {
  await removeEmpty(journalsDir(listDir))
}

async function removeEmpty(dir: string): Promise<void> {
  await unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(dir), undefined)
}

function homeNamed(listDir: string, name: string): JournalHome {
  const dir = join(journalsDir(listDir), name)
  return { dir, files: [join(dir, '1'), join(dir, '2')], placing: join(dir, 'placing') }
}

async function ensureDirectory(listDir: string, dir: string): Promise<void> {
  await unless(['EEXIST'], mkdir(dir, { mode: 0o700 }), undefined)
  mustBeDirectory(dir)
  await giveToOwner(listDir, dir)
}

/** A link in its place would lead to the mails of others. */
function mustBeDirectory(dir: string): void {
  const found = lstatSync(dir, { throwIfNoEntry: false })
  if (!found?.isDirectory()) throw new Fault('spoolTrouble', `${shownPath(dir)} is no directory`)
}
