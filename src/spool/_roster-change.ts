import { asciiLower } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import type { Address } from '../message/address.ts'
import { rosterFile } from './_roster-files.ts'
import type { RosterFile, SubscriberKind } from './_roster-files.ts'
import { rewriteRosterFile, type Rewrite } from './_roster-rewrite.ts'
import { findIn, stampedFiles, Wanted } from './_roster-search.ts'
import { takeLock } from './lock.ts'

/** Somebody joins or leaves one of the three. Moving is one of each, in one call. */
export interface Change {
  readonly do: 'add' | 'remove'
  readonly address: Address
  readonly kind: SubscriberKind
}

export type ChangeResult = 'added' | 'already' | 'removed' | 'absent'

/**
 * Does all changes under the list's lock, in their order. Each file is written once, those that
 * somebody joins first: a program killed in the middle leaves whoever moves in both places, not in
 * none. Addresses are stored in lower case, and leave every file of their kind (spec spool 2.5).
 *
 * @throws Fault badAddress before anything is done, for an address that cannot be stored; busy,
 * spoolTrouble or spoolFull, when some of the changes may have been done.
 */
export async function changeRoster(
  listDir: string,
  changes: readonly Change[],
): Promise<readonly ChangeResult[]> {
  if (changes.length === 0) return []
  for (const { address, ...change } of changes)
    // The first byte is the file's name, and these two cannot begin or be one.
    if (change.do === 'add' && /^[./]/.test(address))
      throw new Fault('badAddress', `the address ${JSON.stringify(address)} begins with . or /`)
  await using held = await takeLock(listDir, 'list')
  const kinds = [...new Set(changes.map(({ kind }) => kind))]
  const rewrites: Rewrite[] = []
  const present = new Map<SubscriberKind, Set<string>>()
  for (const kind of kinds) {
    const found = await survey(listDir, kind, lastWord(changes, kind))
    rewrites.push(...found.rewrites)
    present.set(kind, found.present)
  }
  const results = changes.map((change) => outcome(change, present.get(change.kind)))
  rewrites.sort((one, other) => Number(other.add.size > 0) - Number(one.add.size > 0))
  for (const rewrite of rewrites) await rewriteRosterFile(listDir, held, rewrite)
  return results
}

/** What is wanted in the end of each address that is named for this kind. */
function lastWord(changes: readonly Change[], kind: SubscriberKind): Map<string, Change['do']> {
  const wanted = new Map<string, Change['do']>()
  for (const change of changes)
    if (change.kind === kind) wanted.set(asciiLower(change.address), change.do)
  return wanted
}

/** One change's answer; `present` then is as the change leaves it. */
function outcome({ do: action, address }: Change, present: Set<string> | undefined): ChangeResult {
  const key = asciiLower(address)
  const was = present?.has(key)
  if (action === 'add') present?.add(key)
  else present?.delete(key)
  if (action === 'add') return was ? 'already' : 'added'
  return was ? 'removed' : 'absent'
}

/** Looks through all files of a kind: who of the wanted is there, and which files must change. */
async function survey(listDir: string, kind: SubscriberKind, wanted: Map<string, Change['do']>) {
  const present = new Set<string>()
  const files = new Map<string, Rewrite>()
  const rewriteOf = (file: RosterFile) => {
    const rewrite = files.get(file.name) ?? { file, add: new Set(), remove: new Set() }
    files.set(file.name, rewrite)
    return rewrite
  }
  const keys = new Wanted(wanted.keys())
  for (const { file, stamp } of await stampedFiles(listDir, kind)) {
    for (const { key } of await findIn(file, stamp, keys)) {
      present.add(key)
      if (wanted.get(key) === 'remove') rewriteOf(file).remove.add(key)
    }
  }
  for (const [key, action] of wanted) {
    if (action === 'remove' || present.has(key)) continue
    rewriteOf(rosterFile(listDir, kind, key.slice(0, 1))).add.add(key)
  }
  return { present, rewrites: [...files.values()] }
}
