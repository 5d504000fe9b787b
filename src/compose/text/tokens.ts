import { addressBelow, type Identity } from '../../list/identity.ts'
import { isName } from './_directive.ts'
import type { Token, TextSources } from './material.ts'

/** The tokens that every list text has (spec listtexts 8.1). */
export function listValues(list: Identity): Readonly<Record<string, string>> {
  return {
    list: list.name,
    'list+': list.name + list.delimiter,
    domain: list.fqdn,
    listaddr: `${list.name}@${list.fqdn}`,
    listowner: addressBelow(list, 'owner'),
    helpaddr: addressBelow(list, 'help'),
    faqaddr: addressBelow(list, 'faq'),
    listgetN: addressBelow(list, 'get-N'),
    listsubaddr: addressBelow(list, 'subscribe'),
    digestsubaddr: addressBelow(list, 'subscribe-digest'),
    nomailsubaddr: addressBelow(list, 'subscribe-nomail'),
    listunsubaddr: addressBelow(list, 'unsubscribe'),
    digestunsubaddr: addressBelow(list, 'unsubscribe-digest'),
    nomailunsubaddr: addressBelow(list, 'unsubscribe-nomail'),
  }
}

/** What a finder of tokens is made of. */
export interface TokenSources {
  readonly purpose: string
  readonly action?: string | undefined
  /** From mail, or about the list: plain text. */
  readonly values: Readonly<Record<string, string>>
  readonly sources: TextSources
  readonly hasOriginal: boolean
  hasList(name: string): boolean
}

/** Finds what a `$name$` stands for; undefined when it is no token in this text. */
export function tokenFinder(from: TokenSources): (name: string) => Token | undefined {
  const olds = oldTokens(from)
  return (name) => {
    if (Object.hasOwn(from.values, name)) return { text: from.values[name] ?? '', live: false }
    if (Object.hasOwn(olds, name)) return olds[name]
    const [, kind, file = ''] = /^(control|text) (.*)$/s.exec(name) ?? []
    if ((kind !== 'control' && kind !== 'text') || !isName(file)) return undefined
    const content = from.sources[kind](file)
    // One line end at the end of the file goes, so that a value can stand inside a line: as 1.3.0.
    return content ? { text: content.replace(/\r?\n$/, ''), live: true } : undefined
  }
}

/** The names that only mlmmj 1.3 knows, as its lists use them (spec listtexts 8.4). */
function oldTokens(from: TokenSources): Readonly<Record<string, Token>> {
  const { purpose, action, values } = from
  const found: Record<string, Token> = {}
  function stands(name: string, value: string | undefined): void {
    if (value !== undefined) found[name] = { text: value, live: false }
  }
  function acts(name: string, list: string): void {
    if (from.hasList(list)) found[name] = { text: `%${list}%`, live: true }
  }
  if (purpose === 'notify') stands(action === 'unsub' ? 'oldsub' : 'newsub', values['subaddr'])
  stands('confaddr', values['confirmaddr'])
  stands('moderateaddr', values['releaseaddr'] ?? values['permitaddr'])
  acts('moderators', purpose === 'gatekeep' ? 'gatekeepers' : 'moderators')
  acts('bouncenumbers', 'bouncenumbers')
  acts('digestthreads', 'digestthreads')
  if (from.hasOriginal) found['originalmail'] = { text: ' %originalmail 100%', live: true }
  return found
}
