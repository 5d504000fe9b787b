import { constants, statSync } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { events } from '../base/events.ts'
import { errnoOf, Fault } from '../base/fault.ts'
import { tunables, readSettings, type Settings, type TunableName } from '../list/tunables.ts'
import { pathOn } from './_layout.ts'

/** No control file is read further than this: they are edited by hand, and read for every mail. */
const mostBytes = 1_048_576

/** Hears what is wrong with a control file. */
export type ComplainOf = (file: TunableName, why: string) => void

/**
 * What the control files of a list say now. They are read afresh at each call, so a hand edit is
 * obeyed by the next mail. A value that cannot be used is reported, as an event unless somebody else
 * wants to hear it, and its default taken.
 *
 * @throws Fault noSuchList when the directory is no list, spoolTrouble when it cannot be read.
 */
export async function settingsOf(
  listDir: string,
  complain: ComplainOf = (file, why) => events.settingIgnored(listDir, `control/${file}`, why),
): Promise<Settings> {
  const names = new Set(await controlNames(listDir))
  const contents = new Map<TunableName, Buffer>()
  for (const name of Object.keys(tunables) as TunableName[]) {
    if (!names.has(name)) continue
    const content = await contentOf(listDir, name, complain)
    if (content !== undefined) contents.set(name, content)
  }
  return readSettings((name) => contents.get(name), complain)
}

async function controlNames(listDir: string): Promise<readonly string[]> {
  try {
    return await readdir(pathOn(listDir, 'control'))
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
async function contentOf(
  listDir: string,
  name: TunableName,
  complain: ComplainOf,
): Promise<Buffer | undefined> {
  const path = pathOn(listDir, 'control', name)
  let file: FileHandle | undefined
  try {
    // A FIFO planted here would stop every mail of the list at open(2).
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const facts = await file.stat()
    if (!facts.isFile()) return strange(name, complain)
    if (facts.size > mostBytes) complain(name, `only its first ${mostBytes} bytes are read`)
    const buffer = Buffer.alloc(Math.min(facts.size, mostBytes))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
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
    await file?.close()
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
  try {
    // At once, since it is asked for each mail that is taken: a thread of its own would take longer.
    return statSync(pathOn(listDir, 'control', 'listaddress')).isFile()
  } catch (thrown) {
    const errno = errnoOf(thrown)
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EACCES') return false
    throw new Fault('spoolTrouble', `${listDir} cannot be read (${errno ?? 'unknown'})`, thrown)
  }
}
