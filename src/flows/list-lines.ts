import { Fault } from '../base/fault.ts'
import { hasShelf } from '../spool/has-shelf.ts'
import { rosterOf, subscriberKinds, type SubscriberKind } from '../spool/roster.ts'
import { textSources } from '../spool/texts.ts'

/** What mlmmj-list can show. */
export const listables = [...subscriberKinds, 'moderators', 'owner'] as const
export type Listable = (typeof listables)[number]

/**
 * The lines of a subscriber directory or control file as they are, in batches: byte strings without
 * line ends, blank ones too (spec spool 4.7). What is missing has no lines.
 *
 * @throws Fault noSuchList when the directory is no list
 */
export async function* linesOf(listDir: string, what: Listable): AsyncGenerator<readonly string[]> {
  await mustBeList(listDir)
  if (isKind(what)) yield* rosterOf(listDir).lines(what)
  else yield controlLines(listDir, what)
}

/** The lines that linesOf() gives, as bytes with line ends, in large pieces. */
export async function* printOf(listDir: string, what: Listable): AsyncGenerator<Uint8Array> {
  await mustBeList(listDir)
  if (isKind(what)) yield* rosterOf(listDir).print(what)
  else for (const line of controlLines(listDir, what)) yield Buffer.from(`${line}\n`, 'latin1')
}

/** How many lines linesOf() gives. */
export async function countLines(listDir: string, what: Listable): Promise<number> {
  await mustBeList(listDir)
  return isKind(what) ? await rosterOf(listDir).count(what) : controlLines(listDir, what).length
}

function isKind(what: Listable): what is SubscriberKind {
  return (subscriberKinds as readonly string[]).includes(what)
}

function controlLines(listDir: string, what: 'moderators' | 'owner'): readonly string[] {
  const lines = (textSources(listDir).control(what) ?? '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => line.replace(/\r+$/, ''))
}

/** mlmmj-list works without control/, so a list is whatever has one of these. */
async function mustBeList(listDir: string): Promise<void> {
  for (const shelf of [...subscriberKinds, 'control'] as const)
    if (await hasShelf(listDir, shelf)) return
  throw new Fault('noSuchList', `${listDir} is no mailing list`)
}
