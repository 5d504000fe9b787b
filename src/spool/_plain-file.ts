import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { errnoOf, Fault } from '../base/fault.ts'
import { diskFault, unless } from './_trouble.ts'
import type { Place } from './_layout.ts'

/** `followed` where mlmmj's administrators put links: control/, text/, subscribers, named files. */
export type Links = 'followed' | 'refused'

/** What is shorter is read at once. */
const smallBytes = 65_536

/** No mail that is read into memory at once is larger. */
export const mostMailBytes = 268_435_456

/**
 * Opens a file for reading, unless something else has its name: a FIFO, which would never answer, a
 * directory, a device, a link where none belongs.
 */
export async function openPlain(
  path: Place,
  links: Links = 'refused',
): Promise<FileHandle | 'nothing' | 'strange'> {
  const follow = links === 'refused' ? constants.O_NOFOLLOW : 0
  const opening = open(path, constants.O_RDONLY | constants.O_NONBLOCK | follow)
  const found = unless(['ENOENT', 'ENOTDIR'], opening, 'nothing' as const)
  const file = await unless(['ELOOP', 'ENXIO', 'ENODEV', 'EISDIR'], found, 'strange' as const)
  if (typeof file === 'string') return file
  const isPlain = await file.stat().then(
    (facts) => facts.isFile(),
    () => false,
  )
  if (isPlain) return file
  await file.close()
  return 'strange'
}

/** The first bytes of a plain file; undefined when there is none. @throws what open(2) throws. */
export async function readBeginning(
  path: Place,
  mostBytes: number,
  links?: Links,
): Promise<Buffer | undefined> {
  const file = await openPlain(path, links)
  if (typeof file === 'string') return undefined
  try {
    return await bytesOf(file, mostBytes)
  } finally {
    await file.close()
  }
}

/**
 * All of a plain file; undefined when nothing has its name.
 *
 * @param shown the file as a person knows it
 * @throws Fault spoolTrouble for whatever else has its name, and for a file that is larger.
 */
export async function readPlain(
  path: Place,
  mostBytes: number,
  shown: string,
  links?: Links,
): Promise<Buffer | undefined> {
  try {
    // A file that is small is read sooner than another thread could be asked to.
    const begun = beginningNow(path, smallBytes, links)
    if (begun === 'nothing') return undefined
    if (begun === 'strange') throw new Fault('spoolTrouble', `${shown} is no plain file`)
    if (begun.length < Math.min(smallBytes, mostBytes)) return begun
    return await largeFile(path, mostBytes, shown, links)
  } catch (thrown) {
    throw diskFault(thrown, shown)
  }
}

async function largeFile(
  path: Place,
  mostBytes: number,
  shown: string,
  links?: Links,
): Promise<Buffer | undefined> {
  const file = await openPlain(path, links)
  if (file === 'nothing') return undefined
  if (file === 'strange') throw new Fault('spoolTrouble', `${shown} is no plain file`)
  try {
    const { size } = await file.stat()
    if (size > mostBytes)
      throw new Fault('spoolTrouble', `${shown} has more than ${mostBytes} bytes`)
    return await bytesOf(file, mostBytes)
  } finally {
    await file.close()
  }
}

/**
 * As readBeginning(), done when this returns, for files that are read by the dozen.
 *
 * @throws what open(2) throws, but not when the file may not be read: that is strange too.
 */
export function readBeginningNow(
  path: string,
  mostBytes: number,
  links?: Links,
): Buffer | 'nothing' | 'strange' {
  try {
    return beginningNow(path, mostBytes, links)
  } catch (thrown) {
    if (errnoOf(thrown) === 'EACCES') return 'strange'
    throw thrown
  }
}

function beginningNow(
  path: Place,
  mostBytes: number,
  links: Links = 'refused',
): Buffer | 'nothing' | 'strange' {
  const follow = links === 'refused' ? constants.O_NOFOLLOW : 0
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | follow)
    const short = shortContentNow(file)
    if (short !== undefined) return short.subarray(0, mostBytes)
    const facts = fstatSync(file)
    if (!facts.isFile()) return 'strange'
    const room = Buffer.allocUnsafe(Math.min(facts.size, mostBytes))
    return room.subarray(0, readSync(file, room, 0, room.length, 0))
  } catch (thrown) {
    const errno = errnoOf(thrown) ?? ''
    if (['ENOENT', 'ENOTDIR'].includes(errno)) return 'nothing'
    if (['ELOOP', 'ENXIO', 'ENODEV', 'EISDIR'].includes(errno)) return 'strange'
    throw thrown
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Nearly all control files, and those with a number in them, are shorter. */
const shortBytes = 512

/**
 * All of an open file when it is plain, short and not empty; undefined for all that needs a look at
 * what it is, which takes as long as reading. Nothing else gives so little: a FIFO has no positions, a
 * device fills all the room or gives nothing.
 */
export function shortContentNow(file: number): Buffer | undefined {
  const room = Buffer.allocUnsafe(shortBytes)
  try {
    const size = readSync(file, room, 0, shortBytes, 0)
    return size > 0 && size < shortBytes ? room.subarray(0, size) : undefined
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown
    return undefined
  }
}

async function bytesOf(file: FileHandle, mostBytes: number): Promise<Buffer> {
  const { size } = await file.stat()
  const room = Buffer.allocUnsafe(Math.min(size, mostBytes))
  let taken = 0
  while (taken < room.length) {
    const { bytesRead } = await file.read(room, taken, room.length - taken, taken)
    if (bytesRead === 0) break
    taken += bytesRead
  }
  return room.subarray(0, taken)
}
