import { digestOf } from '../base/hashes.ts'
import { isSaved, type TextFate } from '../policy/renew-text.ts'
import {
  openTextBackup,
  putText,
  removeText,
  saveText,
  type ListText,
  type OwnText,
} from '../spool/list-texts.ts'
import { writeTextManifest, type TextManifest } from '../spool/text-manifest.ts'

/** What shall become of a list's texts. */
export interface Renewal {
  readonly listDir: string
  readonly language: string
  readonly isSwitch: boolean
  /** What is there now. */
  readonly own: ReadonlyMap<string, OwnText>
  /** The texts of the language, as byte strings. */
  readonly offered: ReadonlyMap<string, string>
  readonly fates: ReadonlyMap<string, TextFate>
  readonly manifest: TextManifest | undefined
}

/**
 * Does it. Each text is there whole, old or new, at any moment; an edited one has a copy on disk
 * before its place is touched; and until all is done the manifest says that more is to be done.
 *
 * @param now milliseconds since 1970
 * @returns where edited texts went, below the list; undefined when there were none
 */
export async function applyRenewal(renewal: Renewal, now: number): Promise<string | undefined> {
  const { listDir, language, isSwitch, own, offered, fates, manifest } = renewal
  const texts = manifest?.texts ?? new Map<string, string>()
  if (isSwitch) await writeTextManifest(listDir, { language, unfinished: true, texts })
  const backup = [...fates.values()].some(isSaved)
    ? await openTextBackup(listDir, stampOf(now))
    : undefined
  for (const [name, fate] of fates) {
    const before = regular(own.get(name))
    if (backup !== undefined && before !== undefined && isSaved(fate))
      await saveText(listDir, backup, name, before)
    const after = textAfter(fate, offered.get(name))
    if (after !== undefined) await putText(listDir, name, after, before)
  }
  // At the end, so that no request is without a text meanwhile.
  for (const [name, fate] of fates) {
    const before = regular(own.get(name))
    if (before !== undefined && leaves(fate)) await removeText(listDir, name, before)
  }
  await writeTextManifest(listDir, { language, unfinished: false, texts: digests(renewal, texts) })
  return backup
}

/** What comes in the place of a text; undefined when none does. */
export function textAfter(fate: TextFate, offered: string | undefined): string | undefined {
  return fate === 'added' || fate === 'replaced' || fate === 'saved and replaced'
    ? offered
    : undefined
}

/** Whether a text is taken away. */
export function leaves(fate: TextFate): boolean {
  return fate === 'removed' || fate === 'set aside'
}

/** What we put there, in this run or before; also what somebody has taken away since. */
function digests(
  { offered, fates }: Renewal,
  before: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, fate] of fates) {
    const put = fate === 'same' ? offered.get(name) : textAfter(fate, offered.get(name))
    const digest = put === undefined ? before.get(name) : digestOf(put)
    if (digest !== undefined && !leaves(fate)) found.set(name, digest)
  }
  return found
}

function regular(own: OwnText | undefined): ListText | undefined {
  return own === 'strange' ? undefined : own
}

/** The name of a directory that sorts by time: `2026-11-21-042130`, UTC. */
function stampOf(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')
}
