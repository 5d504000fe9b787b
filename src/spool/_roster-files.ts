import { constants } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import { counterBytes, lineEndCounter, type LineEndCounter } from '../base/line-ends.ts'
import { bytesOn, pathOn, type Shelf } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

export const subscriberKinds = ['normal', 'digest', 'nomail'] as const

/** The three ways to be subscribed, each a directory (spec spool 2.1). */
export type SubscriberKind = (typeof subscriberKinds)[number]

const blockBytes = 262_144
/** For who copies a file, and looks at no line of it. */
const copiedBytes = 1_048_576
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
 * A file's content in blocks of whole lines, which end with LF, except the last one of a file that
 * does not. A block is good until the next one is asked for. Nothing for what is no plain file, so
 * that a FIFO or a folder does no harm. A line above 1 MiB cannot be an address: an empty one stands
 * for it, or with `exact` it is Fault spoolTrouble, as the file could not be written again as it was.
 */
export async function* bytesOf(file: RosterFile, exact = false): AsyncGenerator<Buffer> {
  const handle = await openPlain(file)
  if (handle === undefined) return
  try {
    const { size } = await handle.stat()
    const most = exact ? copiedBytes : blockBytes
    // Its last byte is left free, so that a whole file ends with a read that is not full.
    let buffer = Buffer.allocUnsafe(Math.min(size + 1, most))
    let [have, skipping, over] = [0, false, false]
    while (!over) {
      if (have > longestLine) {
        if (exact) throw new Fault('spoolTrouble', `${file.shown} has a line of more than 1 MiB`)
        ;[have, skipping] = [0, true]
      }
      if (have === buffer.length) buffer = Buffer.concat([buffer], Math.max(2 * have, most))
      const room = buffer.length - have
      const { bytesRead } = await handle.read(buffer, have, room, null)
      over = bytesRead < room
      const end = buffer.subarray(have, have + bytesRead).lastIndexOf(0x0a) + 1
      const [whole, filled] = [end > 0 ? have + end : 0, have + bytesRead]
      if (whole > 0) {
        yield buffer.subarray(skipping ? buffer.indexOf(0x0a) : 0, whole)
        skipping = false
      }
      buffer.copyWithin(0, whole, filled)
      have = skipping ? 0 : filled - whole
    }
    if (have > 0) yield buffer.subarray(0, have)
    else if (skipping) yield Buffer.from('\n')
  } catch (thrown) {
    throw diskFault(thrown, file.shown)
  } finally {
    await handle.close()
  }
}

/** The same as byte strings. */
export async function* blocksOf(file: RosterFile): AsyncGenerator<string> {
  for await (const block of bytesOf(file)) yield block.toString('latin1')
}

/** How many lines some files have together, as `mlmmj-list` counts them: blank ones too. */
export async function countLines(files: readonly RosterFile[]): Promise<number> {
  const counter = lineEndCounter()
  let count = 0
  for (const file of files) count += await countWith(counter, file)
  return count
}

async function countWith(counter: LineEndCounter, file: RosterFile): Promise<number> {
  let count = 0
  const handle = await openPlain(file)
  if (handle === undefined) return 0
  try {
    let last = 0x0a
    for (;;) {
      const { bytesRead } = await handle.read(counter.buffer, 0, counterBytes, null)
      if (bytesRead === 0) return last === 0x0a ? count : count + 1
      last = counter.buffer[bytesRead - 1] ?? last
      count += counter.count(bytesRead)
    }
  } catch (thrown) {
    throw diskFault(thrown, file.shown)
  } finally {
    await handle.close()
  }
}

/**
 * A file's lines as `mlmmj-list` prints them, in pieces of whole lines: each without CR at its end,
 * the last one with LF. A line above 1 MiB is blank. A piece is good until the next one is asked for.
 */
export async function* printableLines(file: RosterFile): AsyncGenerator<Buffer> {
  for await (const block of bytesOf(file)) {
    if (block.at(-1) === 0x0a && !block.includes(0x0d)) yield block
    else
      yield Buffer.from(`${block.toString('latin1')}\n`.replace(/\r*\n(?:\n$)?/g, '\n'), 'latin1')
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
export async function openPlain({ path, shown }: RosterFile): Promise<FileHandle | undefined> {
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
