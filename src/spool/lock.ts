import { lstat, readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { realChance } from '../base/chance.ts'
import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import { DiskLock } from './_disk-lock.ts'
import {
  claimAfter,
  ensureLockDirectory,
  makeLockDirectory,
  topGeneration,
} from './_generations.ts'
import { HolderWatch } from './_holder-watch.ts'
import { pathOn } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'
import { takeTurn } from './_turns.ts'

/*
 * A lock is a directory LD/.mlmmj-ts/lock-NAME/ of numbered generation files; the highest number is
 * the holder. To take it is to link the next number when the highest is free (empty) or its writer
 * is dead; to give it back is to empty one's own file. No step removes anything that somebody else
 * may have just taken, which is where lock files that are broken by unlinking go wrong.
 */

export interface HeldLock {
  /** Nobody else has held this lock by this number, or will. */
  readonly generation: number
  /** The fence: call it just before each rename. @throws Fault busy when the lock was lost. */
  stillMine(): Promise<void>
  release(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface LockOptions {
  /** Milliseconds to wait for the present holder; 0 tries once. */
  readonly waitMs?: number
}

const firstPauseMs = 2
const longestPauseMs = 25

/**
 * Takes the lock NAME of a list, against every task of this process and every other process.
 *
 * @throws Fault busy when somebody else holds it for `waitMs`; spoolTrouble, spoolFull.
 */
export async function takeLock(
  listDir: string,
  name: string,
  { waitMs = 30_000 }: LockOptions = {},
): Promise<HeldLock> {
  const held = await attemptLock(listDir, name, waitMs)
  if (held instanceof DiskLock) return held
  throw new Fault('busy', `the lock ${name} is held by ${held} for more than ${waitMs} ms`)
}

/** Takes the lock if it is free now; undefined when somebody holds it. */
export async function tryLock(listDir: string, name: string): Promise<HeldLock | undefined> {
  const held = await attemptLock(listDir, name, 0)
  return held instanceof DiskLock ? held : undefined
}

/** Whether a live holder exists at this moment. Changes nothing. */
export async function lockIsHeld(listDir: string, name: string): Promise<boolean> {
  const top = await topGeneration(lockDirectory(listDir, name))
  return top !== undefined && (await new HolderWatch(listDir).judge(top)) === 'held'
}

/**
 * Gives the lock back and takes its files away: for a lock that belongs to one mail and is never
 * needed again. Whoever takes it meanwhile must find that the mail is gone.
 */
export async function removeLock(held: HeldLock): Promise<void> {
  // Not instanceof: a part that is loaded on demand brings its own copy of the class.
  if (!('remove' in held) || typeof held.remove !== 'function')
    throw new Fault('bug', 'this lock was not made here')
  await held.remove()
}

/** The lock that belongs to one mail and is taken away with it (removeLock), by its directory's name. */
export function passingLockIn(name: string): string | undefined {
  return /^lock-((?:mail|reply|post|held)-[\w.]+)$/.exec(name)?.[1]
}

/**
 * Takes away the locks of single mails that killed programs left behind: their mail is gone, so
 * nobody would take them again. Answers how many there were.
 */
export async function sweepLocks(listDir: string, olderThanMs: number): Promise<number> {
  const dir = pathOn(listDir, 'private')
  let swept = 0
  try {
    for (const name of await unless(['ENOENT'], readdir(dir), [])) {
      const lock = passingLockIn(name)
      const found = lock && (await unless(['ENOENT'], lstat(join(dir, name)), undefined))
      if (!lock || !found || realChance.now() - found.mtimeMs < olderThanMs) continue
      const held = await tryLock(listDir, lock)
      if (held === undefined) continue
      await removeLock(held)
      swept += 1
    }
    return swept
  } catch (thrown) {
    throw diskFault(thrown, '.mlmmj-ts')
  }
}

/** The list that a lock belongs to, by its directory, as the event lockBroken names it. */
export function listOfLock(lockDir: string): string {
  return dirname(dirname(lockDir))
}

function lockDirectory(listDir: string, name: string): string {
  return pathOn(listDir, 'private', `lock-${name}`)
}

/** The lock, or the words for who holds it. */
async function attemptLock(
  listDir: string,
  name: string,
  waitMs: number,
): Promise<DiskLock | string> {
  const deadline = realChance.ticks() + waitMs
  const dir = lockDirectory(listDir, name)
  // Another spelling of the same path has a line of its own, and the disk keeps the two apart.
  const endTurn = await takeTurn(resolve(dir), waitMs)
  if (endTurn === undefined) return 'this process'
  let held: DiskLock | undefined
  try {
    const watch = new HolderWatch(listDir)
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
      held = await takeGeneration(listDir, dir, watch, endTurn)
      if (held !== undefined) return held
      const left = deadline - realChance.ticks()
      if (left <= 0) return watch.holder
      // Not in step with the others who wait.
      await sleep(Math.min(left, pause * (0.5 + Math.random() / 2)))
    }
  } finally {
    if (held === undefined) endTurn()
  }
}

async function takeGeneration(
  listDir: string,
  dir: string,
  watch: HolderWatch,
  endTurn: () => void,
): Promise<DiskLock | undefined> {
  await ensureLockDirectory(listDir, dir)
  const top = await topGeneration(dir)
  if (top === undefined) {
    await makeLockDirectory(listDir, dir)
    return undefined
  }
  const verdict = await watch.judge(top)
  if (verdict === 'held') return undefined
  const claim = await claimAfter(listDir, dir, top.number)
  if (claim === undefined) return undefined
  if (verdict === 'stale') events.lockBroken(dir, watch.holder)
  return new DiskLock(listDir, dir, claim, endTurn)
}
