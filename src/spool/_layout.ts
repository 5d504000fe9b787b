import { join, relative } from 'node:path'
import { Fault } from '../base/fault.ts'

/** mlmmj's names on disk, ours in code. This is the only place they meet (spec spool 1.1). */
const shelves = {
  incoming: 'incoming',
  queue: 'queue',
  discarded: 'queue/discarded',
  requeue: 'requeue',
  archive: 'archive',
  held: 'moderation',
  heldSubscriptions: 'moderation/subscribe',
  subconf: 'subconf',
  unsubconf: 'unsubconf',
  bounces: 'bounce',
  control: 'control',
  text: 'text',
  /** Ours alone: texts that somebody had edited, before they were replaced. */
  oldTexts: 'text.old',
  normal: 'subscribers.d',
  digest: 'digesters.d',
  nomail: 'nomailsubs.d',
  /** Ours alone: drafts, locks, what was answered lately, the bounce key, the journal of a flood. Made on demand. */
  private: '.mlmmj-ts',
} as const

const files = {
  index: 'index',
  lastDigest: 'lastdigest',
  operationLog: 'mlmmj.operation.log',
  rotatedOperationLog: 'mlmmj.operation.log.rotated',
  maintenanceLog: 'mlmmj-maintd.lastrun.log',
  /** Ours: one line for each event (docs/reference/events.md). */
  eventLog: 'mlmmj-ts.log',
} as const

export type Shelf = keyof typeof shelves
export type ListFile = keyof typeof files

/** A path for node:fs: text, or bytes where a name on disk need not be UTF-8. */
export type Place = string | Buffer

/**
 * The path of a shelf, or of one thing on it.
 *
 * @throws Fault bug when the name is not a single path component: names from outside are checked
 * by whoever reads them, so a bad one here is our mistake.
 */
export function pathOn(listDir: string, shelf: Shelf, name?: string): string {
  const folder = beginningOf(listDir) + shelves[shelf]
  return name === undefined ? folder : `${folder}/${component(name)}`
}

/** As pathOn, for a byte string that may hold any byte, such as one made from an address. */
export function bytesOn(listDir: string, shelf: Shelf, name: string): Buffer {
  return Buffer.concat([
    Buffer.from(`${pathOn(listDir, shelf)}/`),
    Buffer.from(component(name), 'latin1'),
  ])
}

export function fileOf(listDir: string, file: ListFile): string {
  return beginningOf(listDir) + files[file]
}

let lastDir = ''
let lastBeginning = ''

/** What all paths below a list begin with. One list is worked on many times before the next one. */
function beginningOf(listDir: string): string {
  if (listDir !== lastDir) [lastDir, lastBeginning] = [listDir, join(listDir, 'x').slice(0, -1)]
  return lastBeginning
}

/** A path as a person is told it: below its list when the list is known, else its last two parts. */
export function shownPath(place: Place, listDir?: string): string {
  const path = place.toString()
  if (listDir === undefined) return path.split('/').slice(-2).join('/')
  return relative(listDir, path) || 'the list directory'
}

function component(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
    throw new Fault('bug', `${JSON.stringify(name)} cannot be a file name`)
  return name
}
