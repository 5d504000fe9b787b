import { purposeOfFile, sharedTextOf } from '../list/text-file.ts'

/** A file of text/ that a list has, or that the wanted language has for it. */
export interface TextFacts {
  readonly name: string
  /**
   * What the list has under this name: `wanted` is already what the language offers, `shipped` is a
   * text nobody has edited, `strange` is no regular file.
   */
  readonly has: 'nothing' | 'wanted' | 'shipped' | 'edited' | 'strange'
  /** Whether the language has a text of this name. */
  readonly offered: boolean
  /** Whether we put a text there before. */
  readonly wasOurs: boolean
}

/**
 * What becomes of such a file. `saved and replaced` and `set aside` are for edited ones, of which a
 * copy must be kept first. Two texts that are missing stay so: `not added` is one whose place an
 * edited one keeps, `taken away` one that somebody did not want. `not ours` is left as it is, and so
 * is what is `left alone` although we have a text for it.
 */
export type TextFate =
  | 'same'
  | 'added'
  | 'replaced'
  | 'saved and replaced'
  | 'kept'
  | 'removed'
  | 'set aside'
  | 'not added'
  | 'taken away'
  | 'left alone'
  | 'not ours'

/** Whether a copy must be kept of what is there. */
export function isSaved(fate: TextFate): boolean {
  return fate === 'saved and replaced' || fate === 'set aside'
}

/**
 * Judges all files of a list's text/. A switch leaves nothing of another language that a text of the
 * wanted one answers for; a refresh changes nothing that somebody edited, and adds nothing that
 * somebody took away. Files that no program asks for by name may be included by edited texts and are
 * left alone.
 */
export function judgeTexts(
  texts: readonly TextFacts[],
  how: 'switch' | 'refresh',
): ReadonlyMap<string, TextFate> {
  const edited = new Set(texts.flatMap(({ name, has }) => (has === 'edited' ? name : [])))
  const served = new Set(texts.flatMap(({ name, offered }) => (offered ? purposeOf(name) : [])))
  return new Map(
    texts.map((text) => [
      text.name,
      text.offered ? offeredFate(text, how, edited) : otherFate(text, how, served),
    ]),
  )
}

function offeredFate(
  { name, has, wasOurs }: TextFacts,
  how: 'switch' | 'refresh',
  edited: ReadonlySet<string>,
): TextFate {
  switch (has) {
    case 'wanted':
      return 'same'
    case 'shipped':
      return 'replaced'
    case 'edited':
      return how === 'switch' ? 'saved and replaced' : 'kept'
    case 'strange':
      return 'left alone'
    case 'nothing':
      if (how === 'switch') return 'added'
      if (edited.has(sharedTextOf(name) ?? '')) return 'not added'
      return wasOurs ? 'taken away' : 'added'
    default:
      return has satisfies never
  }
}

function otherFate(
  { name, has }: TextFacts,
  how: 'switch' | 'refresh',
  served: ReadonlySet<string>,
): TextFate {
  const purpose = purposeOfFile(name)
  if (purpose === undefined || !served.has(purpose)) return 'not ours'
  if (has === 'shipped') return 'removed'
  if (has !== 'edited') return 'not ours'
  return how === 'switch' ? 'set aside' : 'kept'
}

function purposeOf(name: string): readonly string[] {
  const purpose = purposeOfFile(name)
  return purpose === undefined ? [] : [purpose]
}
