import { existsSync, readdirSync, statSync } from 'node:fs'
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

/**
 * True when nothing waits in a list, nothing was left behind there, and nobody is at its maintenance.
 * False also when something cannot be read, and for a list that lacks a directory: whoever works on
 * it then says what is wrong.
 */
export function nothingWaits(listDir: string): boolean {
  try {
    const names = readdirSync(listDir)
    const isEmpty = ([shelf, ...usual]: (typeof places)[number]) =>
      readdirSync(pathOn(listDir, shelf)).every((name) => usual.includes(name))
    if (names.some(isUnfinishedLog) || !places.every(isEmpty)) return false
    // Asked only when it is there: a fault takes longer than the look.
    if (!existsSync(pathOn(listDir, 'private'))) return true
    const inside = readdirSync(pathOn(listDir, 'private'))
    return !inside.some(isLeftover) && (!inside.includes(lockName) || isFree(listDir))
  } catch (thrown) {
    if (errnoOf(thrown) !== undefined) return false
    throw thrown
  }
}

/**
 * The newest post and the last digest, as their files say; undefined when one of them does not, as
 * while mlmmj 1.3 writes it.
 */
export function digestFacts(
  listDir: string,
): { readonly newest: number; readonly state: DigestState } | undefined {
  try {
    const index = readBeginningNow(fileOf(listDir, 'index'), mostBytes)
    const last = readBeginningNow(fileOf(listDir, 'lastDigest'), mostBytes)
    if (typeof index === 'string' || last === 'strange') return undefined
    const newest = numberIn(index.toString('latin1'))
    const { state } = parseLastDigest(last === 'nothing' ? '' : last.toString('latin1'))
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
