import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../base/fault.ts'
import type { DigestState } from '../list/digest-state.ts'
import { numbersAmong } from './_generations.ts'
import { fileOf, pathOn, type Shelf } from './_layout.ts'
import { readBeginningNow } from './_plain-file.ts'
import { isDraft } from './_private-directory.ts'
import { numberIn } from './archive.ts'
import { parseLastDigest } from './last-digest.ts'
import { passingLockIn } from './lock.ts'
import { isJournalName } from './recover-journal.ts'
import { isUnfinishedLog } from './run-log.ts'

/*
 * A cheap look at what maintenance may have to do, in one go and not through Node's pool of threads:
 * a spool has many lists, and with most of them there is nothing.
 */

const lockName = 'lock-maintenance'
const privateName = pathOn('', 'private')
const [indexName, digestName] = [fileOf('', 'index'), fileOf('', 'lastDigest')]
/** A few numbers are never longer. */
const mostBytes = 4_096

/** Where maintenance finds its work, and what else may stand there. */
const places: readonly (readonly [Shelf, ...string[]])[] = [
  ['incoming'],
  ['queue', 'discarded'],
  ['discarded'],
  ['requeue'],
  ['held'],
  ['subconf'],
  ['unsubconf'],
  ['bounces'],
]

/** A list in which nothing waits, as it was when somebody looked. */
export interface QuietList {
  /**
   * The newest post and the last digest, as their files say; undefined when one of them does not, as
   * while mlmmj 1.3 writes it.
   */
  digestFacts(): { readonly newest: number; readonly state: DigestState } | undefined
}

/**
 * Undefined unless nothing waits in a list, nothing was left behind there, and nobody is at its
 * maintenance. Undefined also when something cannot be read, and for a list that lacks a directory:
 * whoever works on it then says what is wrong.
 */
export function quietList(listDir: string): QuietList | undefined {
  try {
    // What is not among them is not asked for: a fault takes longer than all the looking.
    const names = readdirSync(listDir)
    if (names.some(isUnfinishedLog) || !places.every((place) => isEmpty(listDir, place)))
      return undefined
    if (names.includes(privateName) && !isPrivateQuiet(listDir)) return undefined
    return { digestFacts: () => digestFacts(listDir, names) }
  } catch (thrown) {
    if (errnoOf(thrown) !== undefined) return undefined
    throw thrown
  }
}

function isEmpty(listDir: string, [shelf, ...usual]: (typeof places)[number]): boolean {
  return readdirSync(pathOn(listDir, shelf)).every((name) => usual.includes(name))
}

function isPrivateQuiet(listDir: string): boolean {
  const inside = readdirSync(pathOn(listDir, 'private'))
  return !inside.some(isLeftover) && (!inside.includes(lockName) || isFree(listDir))
}

/** @param names what the list's directory holds */
function digestFacts(
  listDir: string,
  names: readonly string[],
): ReturnType<QuietList['digestFacts']> {
  try {
    const index = names.includes(indexName) && readBeginningNow(fileOf(listDir, 'index'), mostBytes)
    const last =
      names.includes(digestName) && readBeginningNow(fileOf(listDir, 'lastDigest'), mostBytes)
    if (!(index instanceof Buffer) || last === 'strange') return undefined
    const newest = numberIn(index.toString('latin1'))
    const { state } = parseLastDigest(last instanceof Buffer ? last.toString('latin1') : '')
    return newest === undefined || state === undefined ? undefined : { newest, state }
  } catch (thrown) {
    if (errnoOf(thrown) !== undefined) return undefined
    throw thrown
  }
}

/** Of a killed program, or of one at work. */
function isLeftover(name: string): boolean {
  return isDraft(name) || isJournalName(name) || passingLockIn(name) !== undefined
}

/** A lock whose highest generation is empty was given back (lock.ts). */
function isFree(listDir: string): boolean {
  const lock = pathOn(listDir, 'private', lockName)
  const top = numbersAmong(readdirSync(lock)).at(-1)
  return top === undefined || statSync(join(lock, String(top))).size === 0
}
