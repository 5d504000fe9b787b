import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { asciiLower } from '../base/bytes.ts'
import { eachLine, printOf, type LineTable } from './_line-table.ts'
import { bareLine, bytesOf, openPlain, rosterFiles } from './_roster-files.ts'
import type { RosterFile, SubscriberKind } from './_roster-files.ts'
import { learn, tableOf, tableToFill, type Span } from './_roster-memory.ts'
import { diskFault, unless } from './_trouble.ts'

/** A line with a wanted address, which is given in lower case; the line end belongs to it. */
export interface Found extends Span {
  readonly key: string
}

/** Up to so many addresses it is quicker to look for each than at every line. */
const few = 16
/** With more lines to look at than this, the file is read from its beginning to its end. */
const mostLooks = 16
/** Enough for a line that is an address; what is longer is found by reading the whole file. */
const lookBytes = 1_024

/** Addresses to be looked for, in lower case. */
export class Wanted {
  readonly keys: readonly string[]
  readonly #byPrint = new Map<number, string[]>()
  /** Says no to most lines in one step. */
  readonly #likely = new Uint8Array(65_536)

  constructor(keys: Iterable<string>) {
    this.keys = [...keys].filter((key) => key !== '')
    for (const key of this.keys) {
      const print = printOf(key)
      this.#byPrint.set(print, [...(this.#byPrint.get(print) ?? []), key])
      this.#likely[print & 0xffff] = 1
    }
  }

  mayBe(print: number): boolean {
    return this.#likely[print & 0xffff] === 1 && this.#byPrint.has(print)
  }

  /** The wanted address that a line (a byte string) holds. */
  keyIn(print: number, line: string): string | undefined {
    const keys = this.#byPrint.get(print)
    const text = keys && asciiLower(bareLine(line))
    return keys?.find((key) => key === text)
  }

  placesIn(table: LineTable): { print: number; from: number }[] {
    const places = [...this.#byPrint.keys()].flatMap((print) =>
      table.find(print).map((from) => ({ print, from })),
    )
    return places.sort((one, other) => one.from - other.from)
  }
}

/**
 * Tells two states of a file apart, whoever made the second; empty when there is none, or what is no
 * plain file.
 */
export async function stampOf({
  path,
  shown,
}: Pick<RosterFile, 'path' | 'shown'>): Promise<string> {
  try {
    const found = await unless(['ENOENT', 'ELOOP'], stat(path, { bigint: true }), undefined)
    return found?.isFile() ? stampFrom(found) : ''
  } catch (thrown) {
    throw diskFault(thrown, shown)
  }
}

/** The files that count, by name, each as it is now. */
export async function stampedFiles(
  listDir: string,
  kind: SubscriberKind,
): Promise<{ file: RosterFile; stamp: string }[]> {
  const files = await rosterFiles(listDir, kind)
  return Promise.all(files.map(async (file) => ({ file, stamp: await stampOf(file) })))
}

export function stampFrom({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs, ino, dev].join(' ')
}

/** Of a file with this stamp. */
export function sizeOf(stamp: string): number {
  return Number(stamp.split(' ')[0])
}

/**
 * The lines of a file that hold what is wanted, in their order.
 *
 * @param stamp the file's stamp before this is called
 * @param enough after how many of them to stop
 * @throws Fault spoolTrouble
 */
export async function findIn(
  file: RosterFile,
  stamp: string,
  wanted: Wanted,
  enough = Infinity,
): Promise<readonly Found[]> {
  if (stamp === '') return []
  const table = tableOf(file, stamp)
  if (table !== undefined) {
    const places = wanted.placesIn(table)
    if (places.length === 0) return []
    const found = places.length <= mostLooks && (await lookAt(file, stamp, wanted, places))
    if (found) return found
  }
  return await readThrough(file, stamp, wanted, enough)
}

/** Undefined when the file is not as it was, or a line is too long to be looked at. */
async function lookAt(
  file: RosterFile,
  stamp: string,
  wanted: Wanted,
  places: readonly { print: number; from: number }[],
): Promise<readonly Found[] | undefined> {
  const handle = await openPlain(file)
  if (handle === undefined) return undefined
  try {
    const facts = await handle.stat({ bigint: true })
    if (stampFrom(facts) !== stamp) return undefined
    const found: Found[] = []
    const buffer = Buffer.allocUnsafe(lookBytes)
    for (const { print, from } of places) {
      const { bytesRead } = await handle.read(buffer, 0, lookBytes, from)
      const end = buffer.subarray(0, bytesRead).indexOf(0x0a) + 1
      const to = end > 0 ? from + end : Number(facts.size)
      if (to - from > bytesRead) return undefined
      const key = wanted.keyIn(print, buffer.toString('latin1', 0, to - from))
      if (key !== undefined) found.push({ key, from, to })
    }
    return found
  } catch (thrown) {
    throw diskFault(thrown, file.shown)
  } finally {
    await handle.close()
  }
}

async function readThrough(
  file: RosterFile,
  stamp: string,
  wanted: Wanted,
  enough: number,
): Promise<readonly Found[]> {
  const size = sizeOf(stamp)
  const table = tableToFill(file, stamp, size)
  const found: Found[] = []
  let [at, whole] = [0, false]
  try {
    for await (const block of bytesOf(file)) {
      const inBlock = table || wanted.keys.length > few ? lineByLine : keyByKey
      for (const { key, from, to } of inBlock(block, wanted, (print, from) =>
        table?.add(print, at + from),
      ))
        found.push({ key, from: at + from, to: at + to })
      at += block.length
      if (table === undefined && found.length >= enough) break
    }
    // A line that was passed over is missing in the sum.
    whole = at === size && (table === undefined || (await stampOf(file)) === stamp)
  } finally {
    if (table !== undefined) learn(file, stamp, whole ? table : undefined)
  }
  return found
}

function lineByLine(
  block: Buffer,
  wanted: Wanted,
  remember: (print: number, from: number) => void,
): readonly Found[] {
  const found: Found[] = []
  eachLine(block, (from, to, print) => {
    remember(print, from)
    if (!wanted.mayBe(print)) return
    const key = wanted.keyIn(print, block.toString('latin1', from, to))
    if (key !== undefined) found.push({ key, from, to })
  })
  return found
}

/** For few keys, in a program that has just started: here Node's own code does nearly all the work. */
function keyByKey(block: Buffer, { keys }: Wanted): readonly Found[] {
  const text = block.toString('latin1')
  // Lowering whole blocks folds more than ASCII, so it only says where to look.
  const rough = text.toLowerCase()
  const found: Found[] = []
  for (const key of keys) {
    const roughKey = key.toLowerCase()
    for (let at = rough.indexOf(roughKey); at >= 0;) {
      const [from, to] = [text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at) + 1 || text.length]
      if (asciiLower(bareLine(text.slice(from, to))) === key) found.push({ key, from, to })
      at = to < text.length ? rough.indexOf(roughKey, to) : -1
    }
  }
  return found.sort((one, other) => one.from - other.from)
}
