import { constants } from 'node:fs'
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises'
import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import { fileOf, pathOn } from './_layout.ts'
import { waitForMlmmj } from './_mlmmj-lock.ts'
import { giveToOwner } from './_private-directory.ts'
import { diskFault, unless } from './_trouble.ts'
import { syncDirectory } from './durable.ts'
import type { HeldLock } from './lock.ts'

/** mlmmj keeps the number in a C int. */
const highest = 2_147_483_647
/** More is not looked at: no number is that long. */
const longestIndex = 4_096

/**
 * Takes the number of the next post and writes it into `index`, durably. A number of which there is
 * a mail or a queue of recipients already is never given: when the file is missing, damaged or
 * behind, it goes on above the highest there is (spec spool 1.4, the line marked →).
 *
 * @param held the list's lock
 * @throws Fault busy, spoolTrouble or spoolFull; no number is then taken.
 */
export async function nextNumber(listDir: string, held: HeldLock): Promise<number> {
  const path = fileOf(listDir, 'index')
  try {
    const existed = (await unless(['ENOENT'], lstat(path), undefined)) !== undefined
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOFOLLOW
    const handle = await open(path, flags, 0o600)
    try {
      if (!(await handle.stat()).isFile()) throw new Fault('spoolTrouble', 'index is no plain file')
      if (!existed) await giveToOwner(listDir, path)
      await waitForMlmmj([path])
      const number = await choose(listDir, await firstLine(handle))
      await held.stillMine()
      await writeNumber(handle, number)
      if (!existed) await syncDirectory(listDir)
      return number
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    throw diskFault(thrown, 'index')
  }
}

async function choose(listDir: string, found: string): Promise<number> {
  const [, digits = '', rest = ''] = /^\s*(\d*)(.*)$/s.exec(found) ?? []
  const fits = Number(digits) < highest
  const last = fits ? Number(digits) : 0
  const sound = fits && digits !== '' && rest.trim() === ''
  if (sound && !(await isTaken(listDir, last + 1))) return last + 1
  const recovered = Math.max(last, await highestTaken(listDir)) + 1
  if (recovered > highest) throw new Fault('spoolTrouble', 'the numbers for posts are used up')
  // A list without posts has nothing to recover.
  if (found !== '' || recovered > 1) events.indexRecovered(listDir, found.slice(0, 40), recovered)
  return recovered
}

async function isTaken(listDir: string, number: number): Promise<boolean> {
  for (const shelf of ['archive', 'requeue'] as const) {
    const path = pathOn(listDir, shelf, String(number))
    if ((await unless(['ENOENT'], lstat(path), undefined)) !== undefined) return true
  }
  return false
}

async function highestTaken(listDir: string): Promise<number> {
  let top = 0
  for (const shelf of ['archive', 'requeue'] as const)
    for (const name of await unless(['ENOENT'], readdir(pathOn(listDir, shelf)), []))
      if (/^[1-9][0-9]{0,9}$/.test(name) && Number(name) <= highest)
        top = Math.max(top, Number(name))
  return top
}

async function firstLine(handle: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestIndex), 0, longestIndex, 0)
  return buffer.toString('latin1', 0, bytesRead).split('\n')[0] ?? ''
}

/** In the same file, not a new one: mlmmj 1.3 locks the one that it opened. No line end, as it. */
async function writeNumber(handle: FileHandle, number: number): Promise<void> {
  const digits = Buffer.from(String(number))
  await handle.write(digits, 0, digits.length, 0)
  await handle.truncate(digits.length)
  await handle.sync()
}
