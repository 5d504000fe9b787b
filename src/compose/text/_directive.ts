import type { BreakMode } from './_output-line.ts'

export type Part = 'action' | 'reason' | 'type'

/** What stands between two percent signs of a list text. */
export type Directive =
  | {
      readonly do: 'if'
      readonly what: Part | 'control'
      readonly not: boolean
      readonly words: readonly string[]
    }
  | { readonly do: 'else' }
  | { readonly do: 'endif' }
  | { readonly do: 'percent' | 'comment' | 'lineStart' | 'nowrap' }
  | { readonly do: 'wrap'; readonly width: number }
  | { readonly do: 'mode'; readonly mode: BreakMode }
  | { readonly do: 'wide'; readonly wide: boolean }
  | { readonly do: 'zero'; readonly characters: string }
  | { readonly do: 'text' | 'control'; readonly name: string }
  | { readonly do: 'original'; readonly most: number }
  | { readonly do: 'list'; readonly name: string }

const fixed: Readonly<Record<string, Directive>> = {
  '': { do: 'percent' },
  comment: { do: 'comment' },
  $: { do: 'comment' },
  '^': { do: 'lineStart' },
  else: { do: 'else' },
  endif: { do: 'endif' },
  wrap: { do: 'wrap', width: 76 },
  nowrap: { do: 'nowrap' },
  wordwrap: { do: 'mode', mode: 'word' },
  ww: { do: 'mode', mode: 'word' },
  charwrap: { do: 'mode', mode: 'char' },
  cw: { do: 'mode', mode: 'char' },
  userwrap: { do: 'mode', mode: 'user' },
  uw: { do: 'mode', mode: 'user' },
  thin: { do: 'wide', wide: false },
  wide: { do: 'wide', wide: true },
  originalmail: { do: 'original', most: Infinity },
}

/** No mail line may be longer (RFC 5322 2.1.1), so no paragraph is made wider. */
const widest = 998

/**
 * Reads a directive (spec listtexts 7). Anything that is none may be the name of a list, which
 * only the caller can know; `wrapNAME` counts as NAME then, as in mlmmj.
 */
export function readDirective(text: string): Directive {
  if (Object.hasOwn(fixed, text)) return fixed[text] as Directive
  const space = text.indexOf(' ')
  const [head, rest] = space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)]
  const condition = space < 0 ? null : /^if(n?)(action|reason|type|control)$/.exec(head)
  if (condition !== null) {
    const what = condition[2] as Part | 'control'
    return { do: 'if', what, not: condition[1] === 'n', words: rest.split(' ') }
  }
  if (head === 'zero' && space > 0) return { do: 'zero', characters: rest }
  if ((head === 'text' || head === 'control') && isName(rest)) return { do: head, name: rest }
  const width = Number(/^wrap ([0-9]+)$/.exec(text)?.[1] ?? 0)
  if (width > 0) return { do: 'wrap', width: Math.min(width, widest) }
  const most = Number(/^originalmail ?([0-9]+)$/.exec(text)?.[1] ?? 0)
  if (most > 0) return { do: 'original', most }
  return { do: 'list', name: text.replace(/^wrap/, '') }
}

/** Whether a word may name a file: no slash, no dot in front (spec listtexts 7.2 and 7.6). */
export function isName(word: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(word)
}
