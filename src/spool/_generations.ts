import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs'
import { chmod, link, mkdir, open, rename, rm, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { realChance } from '../base/chance.ts'
import { errnoOf, Fault } from '../base/fault.ts'
import { pathOn, shownPath } from './_layout.ts'
import { ownIdentity } from './_owner-identity.ts'
import { draftPath, ensurePrivate, giveToOwner } from './_private-directory.ts'
import { diskFault, unless } from './_trouble.ts'

/**
 * How many old generations stay. A program can only be misled by a listing during which all of
 * these were replaced, and a listing of so few names is one system call.
 */
const kept = 8

/** One generation as it stands on disk: empty text when it was given back. */
export interface Generation {
  readonly number: number
  readonly text: string
  readonly mtimeMs: number
}

export interface Claim {
  readonly number: number
  readonly text: string
  readonly handle: FileHandle
}

/** Makes sure that the lock's directory exists and lies inside the list. */
export async function ensureLockDirectory(listDir: string, dir: string): Promise<void> {
  await ensurePrivate(listDir)
  try {
    const found = lstatSync(dir, { throwIfNoEntry: false })
    if (found === undefined) await makeLockDirectory(listDir, dir)
    else if (!found.isDirectory())
      throw new Fault('spoolTrouble', `${shownPath(dir)} is no directory`)
  } catch (thrown) {
    throw diskFault(thrown, shownPath(dir))
  }
}

/**
 * The directory appears with a generation in it that is free. Its number is the time, so it is
 * above every number of a directory of the same name that was removed before: who decided to
 * follow one of those finds this higher one, and steps back.
 */
export async function makeLockDirectory(listDir: string, dir: string): Promise<void> {
  const draft = draftPath(listDir)
  try {
    await mkdir(draft)
    // Who gets this far at all is said by the directory above (ensurePrivate).
    await chmod(draft, 0o2770)
    await giveToOwner(pathOn(listDir, 'private'), draft)
    const first = join(draft, String(realChance.now() * 1_000))
    await (await open(first, 'wx', 0o640)).close()
    await giveToOwner(pathOn(listDir, 'private'), first)
    // Fails when somebody was quicker: that directory is never empty.
    await unless(['ENOTEMPTY', 'EEXIST'], rename(draft, dir), undefined)
  } catch (thrown) {
    throw diskFault(thrown, shownPath(dir))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** The numbers there are, lowest first; none when the lock has no directory. */
export async function generationNumbers(dir: string): Promise<number[]> {
  try {
    // A handful of names; another thread and back would take ten times as long.
    return numbersAmong(readdirSync(dir))
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return []
    throw diskFault(thrown, shownPath(dir))
  }
}

/** Those of some file names that are numbers of generations, lowest first. */
export function numbersAmong(names: readonly string[]): number[] {
  return names
    .filter((name) => /^[1-9][0-9]{0,15}$/.test(name))
    .map(Number)
    .filter((number) => number < Number.MAX_SAFE_INTEGER)
    .sort((one, other) => one - other)
}

/** The generation that counts; undefined when there is none, or when it went away meanwhile. */
export async function topGeneration(dir: string): Promise<Generation | undefined> {
  const number = (await generationNumbers(dir)).at(-1)
  if (number === undefined) return undefined
  const path = join(dir, String(number))
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  let file: number | undefined
  try {
    // A line of text in the kernel's memory: asking another thread would take far longer.
    file = openSync(path, flags)
    const facts = fstatSync(file)
    if (!facts.isFile()) throw new Fault('spoolTrouble', `${shownPath(path)} is no plain file`)
    const buffer = Buffer.alloc(1024)
    const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0))
    return { number, text, mtimeMs: facts.mtimeMs }
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined
    throw diskFault(thrown, shownPath(path))
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * Tries to become the generation after `number`, which the caller found free or abandoned. Exactly
 * one program can link that name. One that decided long ago may still find the name free again, but
 * then sees a higher one: the highest is never removed while the lock lives.
 */
export async function claimAfter(
  listDir: string,
  dir: string,
  number: number,
): Promise<Claim | undefined> {
  const [draft, path] = [draftPath(listDir), join(dir, String(number + 1))]
  try {
    const text = await ownIdentity()
    const handle = await open(draft, 'wx', 0o640)
    let won = false
    try {
      await giveToOwner(pathOn(listDir, 'private'), draft)
      await handle.write(text, 0, 'latin1')
      const linked = link(draft, path).then(() => true)
      if (!(await unless(['EEXIST', 'ENOENT'], linked, false))) return undefined
      const numbers = await generationNumbers(dir)
      won = numbers.at(-1) === number + 1
      const needless = won ? numbers.filter((old) => old < number + 1 - kept) : [number + 1]
      for (const old of needless)
        await unless(['ENOENT'], unlink(join(dir, String(old))), undefined)
      return won ? { number: number + 1, text, handle } : undefined
    } finally {
      await unless(['ENOENT'], unlink(draft), undefined)
      if (!won) await handle.close()
    }
  } catch (thrown) {
    throw diskFault(thrown, shownPath(path))
  }
}

/** The time by the clock of the list's file system, which may be another machine's. */
export async function fileSystemNow(listDir: string): Promise<number> {
  const draft = draftPath(listDir)
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.write('.')
      return (await handle.stat()).mtimeMs
    } finally {
      await handle.close()
      await unlink(draft)
    }
  } catch (thrown) {
    throw diskFault(thrown, shownPath(draft))
  }
}
