import { constants } from 'node:fs'
import { access, mkdir, readdir, stat } from 'node:fs/promises'
import { errnoOf } from '../base/fault.ts'
import { fileOf, pathOn, shownPath, type Shelf } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

/** Something that keeps us from working, and the command that mends it. */
export interface Mending {
  readonly path: string
  /** The end of a sentence that begins with the path. */
  readonly why: string
  /** Exactly what root types. */
  readonly mend: string
}

/** What must be there and be ours to write; control/ and text/ need only be read. */
const written: readonly Shelf[] = [
  'incoming',
  'queue',
  'discarded',
  'requeue',
  'archive',
  'held',
  'subconf',
  'unsubconf',
  'bounces',
  'normal',
  'digest',
  'nomail',
]
const read: readonly Shelf[] = ['control']

/** What is wrong with owners and modes of a list, seen by this process. */
export async function ownershipOf(listDir: string): Promise<readonly Mending[]> {
  const { euid, egid } = caller()
  const top = await judge(listDir, 'write')
  const owner = await unless(['ENOENT', 'EACCES'], stat(listDir), undefined)
  // One command for the whole list is better than one for each shelf.
  if (owner !== undefined && euid !== 0 && owner.uid !== euid)
    return [
      {
        path: listDir,
        why: `belongs to uid ${owner.uid}, and we are uid ${euid}`,
        mend: `chown -R ${euid}:${egid} ${quoted(listDir)}`,
      },
    ]
  if (top !== undefined) return [top]
  const found: Mending[] = []
  for (const shelf of written) found.push(...listed(await judge(pathOn(listDir, shelf), 'write')))
  for (const shelf of read) found.push(...listed(await judge(pathOn(listDir, shelf), 'read')))
  found.push(...(await unreadable(listDir)))
  return found.map((one) => ({ ...one, path: shownPath(one.path, listDir) }))
}

/**
 * Why a directory cannot be used as a spool or for our own files; undefined when it can.
 *
 * @throws Fault spoolTrouble when it cannot even be looked at
 */
export async function directoryTrouble(dir: string): Promise<Mending | undefined> {
  try {
    return await judge(dir, 'write')
  } catch (thrown) {
    throw diskFault(thrown, dir)
  }
}

/** Files that somebody else left, root most often: a list with them loses or repeats posts. */
async function unreadable(listDir: string): Promise<readonly Mending[]> {
  const { euid, egid } = caller()
  const files = [fileOf(listDir, 'index')]
  for (const shelf of ['normal', 'digest', 'nomail'] as const) {
    const names = await unless(['ENOENT', 'EACCES', 'ENOTDIR'], readdir(pathOn(listDir, shelf)), [])
    for (const name of names) files.push(pathOn(listDir, shelf, name))
  }
  const found: Mending[] = []
  for (const path of files) {
    const facts = await unless(['ENOENT', 'EACCES'], stat(path), undefined)
    const denied = await access(path, constants.R_OK).then(
      () => false,
      (thrown: unknown) => errnoOf(thrown) === 'EACCES',
    )
    if (facts === undefined || !denied) continue
    const own = facts.uid === euid
    const why = own ? 'may not be read even by its owner' : `belongs to uid ${facts.uid}`
    const mend = own ? `chmod u+rw ${quoted(path)}` : `chown ${euid}:${egid} ${quoted(path)}`
    found.push({ path, why: `${why}, so we cannot read it`, mend })
  }
  return found
}

/** Makes a spool's directory where that is possible; why it is not, directoryTrouble() tells. */
export async function ensureSpool(spoolDir: string): Promise<void> {
  try {
    await unless(
      ['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR'],
      mkdir(spoolDir, { recursive: true }),
      undefined,
    )
  } catch (thrown) {
    throw diskFault(thrown, spoolDir)
  }
}

async function judge(dir: string, wish: 'read' | 'write'): Promise<Mending | undefined> {
  const { euid, egid } = caller()
  const found = await stat(dir).catch((thrown: unknown) => errnoOf(thrown) ?? 'unknown')
  const owner = `${euid}:${egid}`
  if (found === 'ENOENT')
    return {
      path: dir,
      why: 'is not there',
      mend: `install -d -m 755 -o ${euid} -g ${egid} ${quoted(dir)}`,
    }
  if (typeof found === 'string')
    return { path: dir, why: `cannot be looked at (${found})`, mend: `namei -l ${quoted(dir)}` }
  if (!found.isDirectory())
    return { path: dir, why: 'is no directory', mend: `ls -ld ${quoted(dir)}` }
  const mode = constants.R_OK | constants.X_OK | (wish === 'write' ? constants.W_OK : 0)
  const denied = await access(dir, mode).then(
    () => undefined,
    (thrown: unknown) => errnoOf(thrown) ?? 'unknown',
  )
  if (denied === undefined) return undefined
  if (denied === 'EROFS')
    return {
      path: dir,
      why: 'is on a file system that is mounted read-only',
      mend: `mount -o remount,rw ${quoted(dir)}`,
    }
  if (found.uid !== euid)
    return {
      path: dir,
      why: `belongs to uid ${found.uid}, and we are uid ${euid} and may not ${wish} it`,
      mend: `chown ${owner} ${quoted(dir)}`,
    }
  const bits = (found.mode & 0o777).toString(8)
  return {
    path: dir,
    why: `has mode ${bits}, so we may not ${wish} it`,
    mend: `chmod u+rwx ${quoted(dir)}`,
  }
}

function caller(): { readonly euid: number; readonly egid: number } {
  return { euid: process.geteuid?.() ?? 0, egid: process.getegid?.() ?? 0 }
}

function listed(one: Mending | undefined): readonly Mending[] {
  return one === undefined ? [] : [one]
}

/** A path as a shell reads it back. */
export function quoted(path: string): string {
  return /^[\w./+,:@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
