import { statSync } from 'node:fs'
import type { userInfo } from 'node:os'
import { errnoOf, Fault } from '../base/fault.ts'
import { diskFault } from './_trouble.ts'

/** Node has it, its type declarations do not. */
const rootCan: NodeJS.Process & {
  initgroups?: (user: string, extraGroup: number) => void
} = process

/**
 * Root becomes the list's owner for good, with the owner's groups, before anything is touched: what
 * root made in a list its owner could not read (spec spool 1.3). Others stay who they are, and so
 * does root when the list is root's.
 *
 * @throws Fault spoolTrouble when the list cannot be looked at or root cannot leave.
 */
export async function becomeOwner(listDir: string): Promise<void> {
  const { uid, gid } = await ownerOfList(listDir)
  if (process.geteuid?.() !== 0 || uid === 0) return
  const { userInfo } = await import('node:os')
  try {
    const account = accountOf(uid, userInfo)
    const group = account?.gid ?? gid
    if (account === undefined) process.setgroups?.([group])
    else rootCan.initgroups?.(account.name, group)
    process.setgid?.(group)
    process.setuid?.(uid)
  } catch (thrown) {
    throw new Fault('spoolTrouble', `root cannot become uid ${uid}, the owner of the list`, thrown)
  }
}

/**
 * As becomeOwner, for programs that are of use to the owner alone: receive, process, bounce, send.
 *
 * @throws Fault spoolTrouble for anybody who is neither root nor the owner.
 */
export async function mustBeOwner(listDir: string): Promise<void> {
  await becomeOwner(listDir)
  const [{ uid }, caller] = [await ownerOfList(listDir), process.geteuid?.()]
  if (caller === undefined || caller === 0 || caller === uid) return
  throw new Fault(
    'spoolTrouble',
    `the list belongs to uid ${uid} and you are uid ${caller}: run this as uid ${uid} or as root`,
  )
}

/**
 * Before anything is done in a list by a process that serves many: what root does in the list of
 * somebody else, that somebody could lead astray.
 *
 * @throws Fault spoolTrouble for root, unless the list is root's
 */
export function refuseToRoot(listDir: string): void {
  if (process.geteuid?.() !== 0) return
  const { uid } = ownerNow(listDir)
  if (uid !== 0)
    throw new Fault('spoolTrouble', `the list belongs to uid ${uid}: run the service as uid ${uid}`)
}

/**
 * Does something as the owner of a list, for a program that must be root again afterwards and does
 * nothing else meanwhile. Others than root do it as who they are.
 */
export async function lendOwner<Result>(
  { uid, gid }: ListOwner,
  action: () => Promise<Result>,
): Promise<Result> {
  if (process.geteuid?.() !== 0 || uid === 0) return await action()
  const groups = process.getgroups?.() ?? []
  process.setgroups?.([gid])
  process.setegid?.(gid)
  process.seteuid?.(uid)
  try {
    return await action()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
    process.setgroups?.(groups)
  }
}

/** Whose a list is, by its directory. */
export interface ListOwner {
  readonly uid: number
  readonly gid: number
}

/** @throws Fault spoolTrouble when the list cannot be looked at. */
export async function ownerOfList(listDir: string): Promise<ListOwner> {
  return ownerNow(listDir)
}

/** As ownerOfList(), done when this returns. */
export function ownerNow(listDir: string): ListOwner {
  try {
    const { uid, gid } = statSync(listDir)
    return { uid, gid }
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT')
      throw new Fault('noSuchList', `the list directory ${listDir} does not exist`, thrown)
    throw diskFault(thrown, 'the list directory')
  }
}

/** The password entry of a uid; Node only tells the one of the effective user, so that is lent. */
function accountOf(uid: number, ask: typeof userInfo): { name: string; gid: number } | undefined {
  process.seteuid?.(uid)
  try {
    const { username, gid } = ask()
    return { name: username, gid }
  } catch (thrown) {
    // A uid without an entry is usual in containers.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_SYSTEM_ERROR')
      return undefined
    throw thrown
  } finally {
    process.seteuid?.(0)
  }
}
