import { asciiLower } from '../base/bytes.ts'
import { whyNoAddress, type Address } from '../message/address.ts'
import { changeRoster, type Change, type ChangeResult } from './_roster-change.ts'
import {
  bareLine,
  blocksOf,
  countLines,
  LineReports,
  printableLines,
  rosterFiles,
  subscriberKinds,
  type RosterFile,
  type SubscriberKind,
} from './_roster-files.ts'
import { findIn, stampedFiles, Wanted } from './_roster-search.ts'

export { subscriberKinds, type SubscriberKind } from './_roster-files.ts'
export type { Change, ChangeResult } from './_roster-change.ts'

/** Who is subscribed to a list: everything about subscribers.d, digesters.d and nomailsubs.d. */
export interface Roster {
  /** Whether the address is in any of the three, in any spelling of its ASCII letters. */
  has(address: string): Promise<boolean>
  /** Which of the three it is in, in the order normal, digest, nomail. */
  kindsOf(address: string): Promise<readonly SubscriberKind[]>
  /**
   * Who gets mail, in batches, spelled as in the files and in their order. Lines that cannot be an
   * address are passed over and reported. An address that is twice in one file comes once, as long
   * as the file has no more than 200,000 different lines: memory stays bounded.
   */
  subscribers(kind: SubscriberKind): AsyncIterable<readonly string[]>
  /** Every line as mlmmj-list prints it: junk and blank ones too, without CR at the end. */
  lines(kind: SubscriberKind): AsyncIterable<readonly string[]>
  /** The same as bytes with LF, in large pieces, each good until the next one is asked for. */
  print(kind: SubscriberKind): AsyncIterable<Uint8Array>
  /** How many lines there are. */
  count(kind: SubscriberKind): Promise<number>
  /** Adds and removes under the list's lock; one answer for each change, in their order. */
  change(changes: readonly Change[]): Promise<readonly ChangeResult[]>
}

const mostRemembered = 200_000

export function rosterOf(listDir: string): Roster {
  return {
    has: async (address) => {
      for (const kind of subscriberKinds) if (await isIn(listDir, kind, address)) return true
      return false
    },
    kindsOf: async (address) => {
      const found = await Promise.all(
        subscriberKinds.map(async (kind) => isIn(listDir, kind, address)),
      )
      return subscriberKinds.filter((_, at) => found[at])
    },
    subscribers: async function* (kind) {
      for (const file of await rosterFiles(listDir, kind)) yield* addressesIn(listDir, file)
    },
    lines: async function* (kind) {
      for (const file of await rosterFiles(listDir, kind))
        for await (const block of blocksOf(file))
          yield linesOf(block).map((line) => line.replace(/\r+$/, ''))
    },
    print: async function* (kind) {
      for (const file of await rosterFiles(listDir, kind)) yield* printableLines(file)
    },
    count: async (kind) => countLines(await rosterFiles(listDir, kind)),
    change: async (changes) => changeRoster(listDir, changes),
  }
}

async function isIn(listDir: string, kind: SubscriberKind, address: string): Promise<boolean> {
  const key = asciiLower(bareLine(address))
  if (key === '') return false
  const files = await stampedFiles(listDir, kind)
  // The file it belongs to first; but mlmmj reads them all, whatever they are called.
  const likely = key.slice(0, 1)
  files.sort((one, other) => Number(other.file.name === likely) - Number(one.file.name === likely))
  const wanted = new Wanted([key])
  for (const { file, stamp } of files)
    if ((await findIn(file, stamp, wanted, 1)).length > 0) return true
  return false
}

async function* addressesIn(listDir: string, file: RosterFile): AsyncGenerator<readonly Address[]> {
  const reports = new LineReports(listDir, file)
  const seen = new Set<string>()
  let number = 0
  for await (const block of blocksOf(file)) {
    const batch: Address[] = []
    for (const line of linesOf(block)) {
      number += 1
      const address = bareLine(line)
      if (address === '') continue
      const why = whyNoAddress(address)
      const key = asciiLower(address)
      if (why !== undefined) reports.tell(number, why)
      else if (!seen.has(key)) batch.push(address as Address)
      if (seen.size < mostRemembered) seen.add(key)
    }
    if (batch.length > 0) yield batch
  }
}

function linesOf(block: string): string[] {
  const lines = block.split('\n')
  if (block.endsWith('\n')) lines.pop()
  return lines
}
