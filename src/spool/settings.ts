import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { events } from '../base/events.ts'
import { errnoOf, Fault } from '../base/fault.ts'
import {
  isTunable,
  readSettings,
  tunables,
  type Settings,
  type TunableName,
} from '../list/tunables.ts'
import { pathOn } from './_layout.ts'
import { shortContentNow } from './_plain-file.ts'

/** No control file is read further than this: they are edited by hand, and read for every mail. */
const mostBytes = 1_048_576

/*
 * Read in one go, not through Node's pool of threads: a list has a handful of these files, tiny ones,
 * and a trip to another thread and back for each step takes twenty times as long as the step.
 */

/** Hears what is wrong with a control file. */
export type ComplainOf = (file: TunableName, why: string) => void

/**
 * What the control files of a list say now. They are read afresh at each call, so a hand edit is
 * obeyed by the next mail. A value that cannot be used is reported, as an event unless somebody else
 * wants to hear it, and its default taken.
 *
 * @throws Fault noSuchList when the directory is no list, spoolTrouble when it cannot be read.
 */
export async function settingsOf(listDir: string, complain?: ComplainOf): Promise<Settings> {
  return settingsNow(listDir, complain)
}

/** As settingsOf(), done when this returns. */
export function settingsNow(
  listDir: string,
  complain: ComplainOf = (file, why) => events.settingIgnored(listDir, `control/${file}`, why),
): Settings {
  const contents = new Map<TunableName, Buffer>()
  for (const name of controlNames(listDir)) {
    if (!isTunable(name)) continue
    const content = contentOf(listDir, name, complain)
    if (content !== undefined) contents.set(name, content)
  }
  return readSettings((name) => contents.get(name), complain)
}

function controlNames(listDir: string): readonly string[] {
  try {
    return readdirSync(pathOn(listDir, 'control'))
  } catch (thrown) {
    const errno = errnoOf(thrown)
    if (errno === 'ENOENT' || errno === 'ENOTDIR')
      throw new Fault(
        'noSuchList',
        `${listDir} is no mailing list: it has no directory control`,
        thrown,
      )
    throw new Fault('spoolTrouble', `control cannot be read (${errno ?? 'unknown'})`, thrown)
  }
}

/** Empty for a directory or device: it exists, which is all that a flag asks (spec spool 3.1). */
function contentOf(listDir: string, name: TunableName, complain: ComplainOf): Buffer | undefined {
  const path = pathOn(listDir, 'control', name)
  let file: number | undefined
  try {
    // A FIFO planted here would stop every mail of the list at open(2).
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const short = shortContentNow(file)
    if (short !== undefined) return short
    const facts = fstatSync(file)
    if (!facts.isFile()) return strange(name, complain)
    if (facts.size > mostBytes) complain(name, `only its first ${mostBytes} bytes are read`)
    const buffer = Buffer.allocUnsafe(Math.min(facts.size, mostBytes))
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0))
  } catch (thrown) {
    const errno = errnoOf(thrown)
    if (errno === 'ENOENT') return undefined
    if (errno === 'EACCES' || errno === 'EISDIR' || errno === 'ENXIO' || errno === 'ELOOP')
      return strange(name, complain, errno)
    throw new Fault(
      'spoolTrouble',
      `control/${name} cannot be read (${errno ?? 'unknown'})`,
      thrown,
    )
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function strange(name: TunableName, complain: ComplainOf, errno?: string): Buffer | undefined {
  if (tunables[name].kind === 'flag') return Buffer.alloc(0)
  const why = errno === undefined ? 'is no regular file' : `cannot be read (${errno})`
  complain(name, `${why}; it counts as not there`)
  return undefined
}

/** Whether the path names a list: a directory with control/listaddress in it. */
export async function isList(listDir: string): Promise<boolean> {
  return isListNow(listDir)
}

/** As isList(), done when this returns: a thread of its own would take longer. */
export function isListNow(listDir: string): boolean {
  try {
    return statSync(pathOn(listDir, 'control', 'listaddress')).isFile()
  } catch (thrown) {
    const errno = errnoOf(thrown)
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EACCES') return false
    throw new Fault('spoolTrouble', `${listDir} cannot be read (${errno ?? 'unknown'})`, thrown)
  }
}
