import { readFile, stat, unlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { realChance } from '../base/chance.ts'
import { Fault } from '../base/fault.ts'
import { shownPath, type Place } from './_layout.ts'
import { unless } from './_trouble.ts'

/** Without /proc/locks, a lock file this young counts as held. */
const youngMs = 2_000
/** mlmmj 1.3 leaves lock files behind on some error paths; an hour old, they go. */
const leftoverMs = 3_600_000

/**
 * Whether another program holds a record lock on one of these files, as mlmmj 1.3 does while it
 * works on them (spec spool 1.7). Node cannot take such locks, so this is a look and no lock: what
 * is about to be replaced must be compared with what was read.
 */
export async function mlmmjHolds(...paths: readonly Place[]): Promise<boolean> {
  const files = []
  for (const path of paths) {
    const found = await unless(
      ['ENOENT', 'ENOTDIR', 'ELOOP'],
      stat(path, { bigint: true }),
      undefined,
    )
    if (found?.isFile()) files.push({ path, facts: found })
  }
  if (files.length === 0) return false
  const missing = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']
  const table = await unless(missing, readFile('/proc/locks', 'latin1'), undefined)
  if (table === undefined)
    return files.some(
      ({ path, facts }) =>
        path.toString().endsWith('.lock') && realChance.now() - Number(facts.mtimeMs) < youngMs,
    )
  const held = recordLocks(table)
  return files.some(({ facts }) => held.some((lock) => isOn(lock, facts)))
}

/** Waits until no other program holds these files. @throws Fault busy after `waitMs`. */
export async function waitForMlmmj(paths: readonly Place[], waitMs = 10_000): Promise<void> {
  const deadline = realChance.ticks() + waitMs
  while (await mlmmjHolds(...paths)) {
    if (realChance.ticks() > deadline)
      throw new Fault('busy', `${shownPath(paths[0] ?? '')} is locked by another mail program`)
    await sleep(10)
  }
}

/** Removes a lock file that nobody holds and nobody used for an hour. */
export async function dropLeftover(lockFile: Place): Promise<void> {
  const found = await unless(['ENOENT', 'ENOTDIR'], stat(lockFile), undefined)
  if (!found?.isFile() || realChance.now() - found.mtimeMs < leftoverMs) return
  if (!(await mlmmjHolds(lockFile))) await unless(['ENOENT'], unlink(lockFile), undefined)
}

interface KernelLock {
  readonly major: bigint
  readonly minor: bigint
  readonly inode: bigint
}

/** Lines such as `7: POSIX  ADVISORY  WRITE 812 fe:00:131 0 EOF`; `->` marks one that waits. */
function recordLocks(table: string): readonly KernelLock[] {
  const line = /^\d+: POSIX +\S+ +(?:READ|WRITE) +-?\d+ ([0-9a-f]+):([0-9a-f]+):(\d+) /gm
  return [...table.matchAll(line)].map(([, major, minor, inode]) => ({
    major: BigInt(`0x${major}`),
    minor: BigInt(`0x${minor}`),
    inode: BigInt(inode ?? 0),
  }))
}

/** On btrfs and overlays stat names another device than the lock table; both have major 0 then. */
function isOn(lock: KernelLock, { dev, ino }: { dev: bigint; ino: bigint }): boolean {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  const sameDevice = lock.major === major && lock.minor === minor
  return lock.inode === ino && (sameDevice || (lock.major === 0n && major === 0n))
}
