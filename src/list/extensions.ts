import { asciiLower } from '../base/bytes.ts'

/** How somebody reads a list, as a command says it. */
export type Reading = 'normal' | 'digest' | 'nomail' | 'both'

interface Row {
  /** What stands behind the word, after a `-`. */
  readonly takes: 'nothing' | 'a cookie' | 'a number' | 'a post and an address'
  /** The words that may follow it: `subscribe-digest`. */
  readonly readings: readonly Exclude<Reading, 'normal'>[]
  /** Nothing for a robot to answer: only a mail that a person wrote is obeyed (RFC 3834 2). */
  readonly person: boolean
  /** What whoever writes there gets, even if somebody else wrote in his name; it is bounded. */
  readonly causes: 'nothing' | 'an answer' | 'a question'
  readonly help: string
}

const all = ['digest', 'nomail', 'both'] as const
const single = ['digest', 'nomail'] as const

/** Every address below a list, such as list+help@example.org (spec mailflow 3.2). */
export const extensions = {
  subscribe: {
    takes: 'nothing',
    readings: all,
    person: true,
    causes: 'a question',
    help: 'join the list',
  },
  confsub: {
    takes: 'a cookie',
    readings: all,
    person: true,
    causes: 'nothing',
    help: 'confirm joining',
  },
  unsubscribe: {
    takes: 'nothing',
    readings: single,
    person: true,
    causes: 'a question',
    help: 'leave the list',
  },
  confunsub: {
    takes: 'a cookie',
    readings: single,
    person: true,
    causes: 'nothing',
    help: 'confirm leaving',
  },
  bounces: {
    takes: 'a post and an address',
    readings: [],
    person: false,
    causes: 'nothing',
    help: 'where mail that could not be delivered returns',
  },
  release: {
    takes: 'a cookie',
    readings: [],
    person: true,
    causes: 'nothing',
    help: 'let a held post through',
  },
  reject: {
    takes: 'a cookie',
    readings: [],
    person: true,
    causes: 'nothing',
    help: 'drop a held post',
  },
  permit: {
    takes: 'a cookie',
    readings: [],
    person: true,
    causes: 'nothing',
    help: 'let a subscription through',
  },
  obstruct: {
    takes: 'a cookie',
    readings: [],
    person: true,
    causes: 'nothing',
    help: 'drop a held subscription',
  },
  moderate: {
    takes: 'a cookie',
    readings: [],
    person: true,
    causes: 'nothing',
    help: 'old name of release',
  },
  help: {
    takes: 'nothing',
    readings: [],
    person: true,
    causes: 'an answer',
    help: 'explain these addresses',
  },
  faq: {
    takes: 'nothing',
    readings: [],
    person: true,
    causes: 'an answer',
    help: 'answer common questions',
  },
  get: {
    takes: 'a number',
    readings: [],
    person: true,
    causes: 'an answer',
    help: 'fetch an old post',
  },
  list: {
    takes: 'nothing',
    readings: [],
    person: true,
    causes: 'an answer',
    help: 'tell the owner who is subscribed',
  },
  owner: {
    takes: 'nothing',
    readings: [],
    person: false,
    causes: 'nothing',
    help: 'write to the owners',
  },
} as const satisfies Readonly<Record<string, Row>>

export type ExtensionName = keyof typeof extensions

/** An extension taken apart: `confsub-digest-0a1b`. */
export interface Extension {
  readonly name: ExtensionName
  readonly reading: Reading
  /** What stood behind the word, as typed; empty where the word takes nothing. */
  readonly argument: string
}

/**
 * What an extension asks for, or why it asks for nothing, as the end of a sentence. The word may be
 * in any case, because mail programs change it; the longest word that fits is taken, and what is
 * behind it must be `-argument`, or nothing for words that take nothing (spec mailflow 3.1).
 */
export function readExtension(text: string): Extension | { readonly why: string } {
  const folded = asciiLower(text)
  for (const [name, { takes, readings }] of Object.entries(extensions)) {
    for (const reading of [...readings, 'normal'] as const) {
      const word = reading === 'normal' ? name : `${name}-${reading}`
      if (!folded.startsWith(word)) continue
      const rest = text.slice(word.length)
      if (takes === 'nothing' ? rest !== '' : !/^-./s.test(rest)) continue
      if (rest.includes('/')) return { why: 'holds a slash' }
      return { name: name as ExtensionName, reading, argument: rest.slice(1) }
    }
  }
  const known = Object.keys(extensions).find((name) => folded.startsWith(name))
  return { why: known === undefined ? 'is no command' : `is no way to write +${known}` }
}
