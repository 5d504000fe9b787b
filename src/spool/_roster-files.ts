import { constants } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import { bytesOn, pathOn, type Shelf } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

export const subscriberKinds = ['normal', 'digest', 'nomail'] as const

/** The three ways to be subscribed, each a directory (spec spool 2.1). */
export type SubscriberKind = (typeof subscriberKinds)[number]

const blockBytes = 262_144
/** No line of a subscriber file is longer, unless the file is damaged. */
const longestLine = 1_048_576

/** A file of one of the three directories. */
export interface RosterFile {
  readonly kind: SubscriberKind
  /** The name as a byte string; any byte may begin an address. */
  readonly name: string
  readonly path: Buffer
  /** For a person: `subscribers.d/a`. */
  readonly shown: string
}

export function rosterFile(listDir: string, kind: SubscriberKind, name: string): RosterFile {
  const path = bytesOn(listDir, kind, name)
  return { kind, name, path, shown: `${shownShelf(kind)}/${printable(name)}` }
}

/**
 * The files that count, by name. mlmmj reads every entry; what begins with a dot or ends in `.new`
 * is a lock or half written (spec spool 1.7). A directory that is missing has no files.
 */
export async function rosterFiles(listDir: string, kind: SubscriberKind): Promise<RosterFile[]> {
  try {
    const dir = pathOn(listDir, kind)
    const names = await unless(['ENOENT'], readdir(dir, { encoding: 'buffer' }), [])
    return names
      .map((name) => name.toString('latin1'))
      .filter((name) => !name.startsWith('.') && !name.endsWith('.new'))
      .map((name) => rosterFile(listDir, kind, name))
  } catch (thrown) {
    throw diskFault(thrown, shownShelf(kind))
  }
}

/**
 * A file's content in blocks of whole lines: byte strings that end with LF, except the last one of
 * a file that does not. Nothing for what is no plain file, so that a FIFO or a folder does no harm.
 * A line above 1 MiB cannot be an address: an empty one stands for it, and it is reported, or with
 * `exact` it is Fault spoolTrouble, as the file could not be written again as it was.
 */
export async function* blocksOf(file: RosterFile, exact = false): AsyncGenerator<string> {
  const handle = await openPlain(file)
  if (handle === undefined) return
  try {
    const buffer = Buffer.allocUnsafe(blockBytes)
    let [rest, skipping] = ['', false]
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, blockBytes, null)
      if (bytesRead === 0) break
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1
      if (end > 0) {
        const whole = rest + buffer.toString('latin1', 0, end)
        yield skipping ? whole.slice(whole.indexOf('\n')) : whole
        ;[rest, skipping] = ['', false]
      }
      if (!skipping) rest += buffer.toString('latin1', end, bytesRead)
      if (rest.length <= longestLine) continue
      if (exact) throw new Fault('spoolTrouble', `${file.shown} has a line of more than 1 MiB`)
      ;[rest, skipping] = ['', true]
    }
    if (rest !== '' || skipping) yield skipping ? '\n' : rest
  } catch (thrown) {
    throw diskFault(thrown, file.shown)
  } finally {
    await handle.close()
  }
}

/** How many lines a file has, as `mlmmj-list` counts them: blank ones too. */
export async function countLines(file: RosterFile): Promise<number> {
  let count = 0
  const handle = await openPlain(file)
  if (handle === undefined) return 0
  try {
    const buffer = Buffer.allocUnsafe(blockBytes)
    let last = 0x0a
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, blockBytes, null)
      if (bytesRead === 0) return last === 0x0a ? count : count + 1
      for (let at = 0; at < bytesRead; at++) if (buffer[at] === 0x0a) count += 1
      last = buffer[bytesRead - 1] ?? last
    }
  } catch (thrown) {
    throw diskFault(thrown, file.shown)
  } finally {
    await handle.close()
  }
}

const reportsForAFile = 3

/** Tells of lines that are passed over, but not of a million of them. */
export class LineReports {
  readonly #list: string
  readonly #file: RosterFile
  #told = 0

  constructor(list: string, file: RosterFile) {
    this.#list = list
    this.#file = file
  }

  tell(line: number, why: string): void {
    this.#told += 1
    if (this.#told <= reportsForAFile) events.lineIgnored(this.#list, this.#file.shown, line, why)
  }
}

/** A line as it is compared and mailed: without its end and the ASCII blanks around it. */
export function bareLine(line: string): string {
  let [from, to] = [0, line.length]
  while (to > from && isBlank(line.charCodeAt(to - 1))) to -= 1
  while (from < to && isBlank(line.charCodeAt(from))) from += 1
  return line.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a
}

/** Links are followed, as mlmmj does; O_NONBLOCK, because opening a FIFO would wait for ever. */
async function openPlain({ path, shown }: RosterFile): Promise<FileHandle | undefined> {
  try {
    const flags = constants.O_RDONLY | constants.O_NONBLOCK
    const nothing = ['ENOENT', 'ELOOP', 'ENXIO', 'ENODEV']
    const handle = await unless(nothing, open(path, flags), undefined)
    if (handle === undefined || (await handle.stat()).isFile()) return handle
    await handle.close()
    return undefined
  } catch (thrown) {
    throw diskFault(thrown, shown)
  }
}

function shownShelf(kind: Shelf): string {
  return pathOn('.', kind)
}

function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`)
}
