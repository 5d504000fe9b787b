import { asciiLower, sameBytes } from '../base/bytes.ts'
import { whyNoAddress, type Address } from '../message/address.ts'
import { changeRoster, type Change, type ChangeResult } from './_roster-change.ts'
import {
  bareLine,
  blocksOf,
  countLines,
  LineReports,
  rosterFiles,
  subscriberKinds,
  type RosterFile,
  type SubscriberKind,
} from './_roster-files.ts'

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
      const found: SubscriberKind[] = []
      for (const kind of subscriberKinds) if (await isIn(listDir, kind, address)) found.push(kind)
      return found
    },
    subscribers: async function* (kind) {
      for (const file of await rosterFiles(listDir, kind)) yield* addressesIn(listDir, file)
    },
    lines: async function* (kind) {
      for (const file of await rosterFiles(listDir, kind))
        for await (const block of blocksOf(file))
          yield linesOf(block).map((line) => line.replace(/\r+$/, ''))
    },
    count: async (kind) => {
      let count = 0
      for (const file of await rosterFiles(listDir, kind)) count += await countLines(file)
      return count
    },
    change: async (changes) => changeRoster(listDir, changes),
  }
}

async function isIn(listDir: string, kind: SubscriberKind, address: string): Promise<boolean> {
  const files = await rosterFiles(listDir, kind)
  // The file it belongs to first; but mlmmj reads them all, whatever they are called.
  const likely = asciiLower(address.slice(0, 1))
  files.sort((one, other) => Number(other.name === likely) - Number(one.name === likely))
  for (const file of files) if (await holds(file, address)) return true
  return false
}

async function holds(file: RosterFile, address: string): Promise<boolean> {
  const wanted = bareLine(address)
  // Lowering whole blocks is quick but folds more than ASCII, so it only says where to look.
  const rough = wanted.toLowerCase()
  for await (const block of blocksOf(file)) {
    if (!block.toLowerCase().includes(rough)) continue
    if (linesOf(block).some((line) => sameBytes(bareLine(line), wanted))) return wanted !== ''
  }
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
