import { textNames } from './text-names.ts'

/** What a text may be about, and what may have been done there (spec listtexts 3.2). */
const purposes = [
  'help',
  'faq',
  'confirm',
  'finish',
  'notify',
  'gatekeep',
  'wait',
  'moderate',
  'deny',
  'list',
  'probe',
  'digest',
]
const actions = ['', 'sub', 'unsub', 'post']

/** What the old names tell apart beside that (spec listtexts 2.3). */
const reasons = [
  '',
  'disabled',
  'subbed',
  'unsubbed',
  'subonlypost',
  'access',
  'maxmailsize',
  'tocc',
]
const types = ['', 'digest', 'nomail']

/**
 * The purpose that a file in text/ serves, by its name of parts or by its old name; undefined for any
 * other file, which can only be there to be included by texts.
 */
export function purposeOfFile(name: string): string | undefined {
  const [purpose = '', action = ''] = name.split('-')
  if (purposes.includes(purpose) && actions.includes(action)) return purpose
  return oldPurposes().get(name)
}

let known: ReadonlyMap<string, string> | undefined

/** Each old name with its purpose, found by asking for every text. */
function oldPurposes(): ReadonlyMap<string, string> {
  known ??= new Map(
    purposes.flatMap((purpose) =>
      actions.flatMap((action) =>
        reasons.flatMap((reason) =>
          types.flatMap((type) => {
            const old = textNames({ purpose, action, reason, type })[4]
            return old === undefined ? [] : [[old, purpose] as const]
          }),
        ),
      ),
    ),
  )
  return known
}

/**
 * The text that mlmmj ships in place of this one of ours: it has one for joining and leaving where we
 * have two (spec listtexts 16.1). A list made by mlmmj has a copy of it in its text/.
 */
export function sharedTextOf(name: string): string | undefined {
  return /^(confirm|deny|notify)-(sub|unsub)$|^finish-unsub$/.test(name)
    ? name.slice(0, name.indexOf('-'))
    : undefined
}
