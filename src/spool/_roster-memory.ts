import { realChance } from '../base/chance.ts'
import { largestFile, LineTable } from './_line-table.ts'
import type { RosterFile } from './_roster-files.ts'

/*
 * What a program that lives long knows of subscriber files, so that it need not read a whole file to
 * find an address in it. Nothing of it is ever believed without a look at the file's stamp.
 */

/**
 * How long a file must have been seen as it is before it is remembered. Who writes within the same
 * tick of the file system's clock (10 ms at most) leaves no trace but in the content.
 */
const settledMs = 1_000
/** All tables together. A list of a million addresses takes about 14 MB. */
const mostBytes = 67_108_864
const mostFiles = 20_000
/** So many lines that leave a file are cut out of its table; for more, a new one is quicker. */
const mostCuts = 16

/** Bytes of a file, the one at `to` not included. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A line and where it begins. */
export interface PlacedLine {
  readonly print: number
  readonly from: number
}

interface Memory {
  /** Of the file as it was when the rest was learnt. */
  stamp: string
  /** When that stamp was first seen (ticks). */
  since: number
  table: LineTable | undefined
  /** Somebody is reading the file to learn it. */
  learning: boolean
  /** We are replacing the file, and shall say how. */
  changing: boolean
}

/** By path; whoever was used last stands last. */
const memories = new Map<string, Memory>()
let bytes = 0

/** Where the lines of a file are, if that is known of the file with this stamp. */
export function tableOf(file: RosterFile, stamp: string): LineTable | undefined {
  const memory = memoryOf(file)
  if (memory.stamp === stamp) return memory.table
  if (!memory.changing) become(memory, stamp, realChance.ticks())
  return undefined
}

/** A table for whoever reads a whole file now, when the file shall be learnt. */
export function tableToFill(file: RosterFile, stamp: string, size: number): LineTable | undefined {
  const memory = memoryOf(file)
  const { table, learning, changing, since } = memory
  const settled = memory.stamp === stamp && realChance.ticks() - since >= settledMs
  if (!settled || table || learning || changing || size > largestFile) return undefined
  memory.learning = true
  return new LineTable(size / 20)
}

/** @param table filled; undefined when the file was not read to its end as it stood */
export function learn(file: RosterFile, stamp: string, table: LineTable | undefined): void {
  const memory = memoryOf(file)
  memory.learning = false
  if (table === undefined || memory.stamp !== stamp || memory.table !== undefined) return
  memory.table = table
  bytes += table.bytes
  makeRoom()
}

/** We are about to replace the file: what is known shall be kept until `endChange`. */
export function beginChange(file: RosterFile): void {
  memoryOf(file).changing = true
}

/** @param done how the file was changed; undefined when that is not certain */
export function endChange(
  file: RosterFile,
  before: string,
  done?: {
    /** The stamp that it has now. */
    readonly after: string
    /** What was cut out of it, in order; then lines were added. */
    readonly cuts: readonly Span[]
    readonly added: readonly PlacedLine[]
  },
): void {
  const memory = memoryOf(file)
  memory.changing = false
  const { table } = memory
  if (done === undefined || memory.stamp !== before || done.cuts.length > mostCuts || !table) {
    // What we wrote ourselves need not settle.
    become(memory, done?.after ?? '', done === undefined ? Infinity : -Infinity)
    return
  }
  bytes -= table.bytes
  for (const { from, to } of done.cuts.toReversed()) table.cut(from, to)
  for (const { print, from } of done.added) table.add(print, from)
  bytes += table.bytes
  memory.stamp = done.after
  makeRoom()
}

function become(memory: Memory, stamp: string, since: number): void {
  bytes -= memory.table?.bytes ?? 0
  Object.assign(memory, { stamp, since, table: undefined })
}

function memoryOf({ path }: RosterFile): Memory {
  const key = path.toString('latin1')
  const known = memories.get(key)
  const memory = known ?? {
    stamp: '',
    since: Infinity,
    table: undefined,
    learning: false,
    changing: false,
  }
  memories.delete(key)
  memories.set(key, memory)
  if (known === undefined) makeRoom()
  return memory
}

/** Forgets what was not used for longest, but never the last one. */
function makeRoom(): void {
  for (const [key, memory] of memories) {
    const fits = bytes <= mostBytes && memories.size <= mostFiles
    if (fits || memories.size === 1) return
    become(memory, '', Infinity)
    memories.delete(key)
  }
}
