import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sharedTextOf } from '../list/text-file.ts'
import { pathOn } from './_layout.ts'
import { readBeginningNow } from './_plain-file.ts'
import { diskFault } from './_trouble.ts'

/** No list text is read further than this. */
const mostBytes = 262_144

/** A list text, and the name it was found under. */
export interface FoundText {
  readonly name: string
  readonly source: string
}

/** Where texts are that belong to no list. */
export interface SiteTexts {
  /** One directory for each language below it. */
  readonly textsDir: string
  /** The language of lists that have no texts of their own; `en` unless given. */
  readonly language?: string
}

/**
 * The first of the names that exists: each name is looked for in the list's text/, then in our texts
 * of `default`, of the site's language and of English, before the next name is tried (spec listtexts
 * 2.2). Where mlmmj has one text and we have two, the list's copy of that one goes before our two, as
 * it goes before mlmmj's.
 */
export function findText(
  listDir: string,
  site: SiteTexts,
  names: readonly string[],
): FoundText | undefined {
  for (const name of names.filter(isTextName)) {
    for (const own of [name, sharedTextOf(name)]) {
      const source = own === undefined ? undefined : contentOf(pathOn(listDir, 'text', own))
      if (own !== undefined && source !== undefined) return { name: own, source }
    }
    for (const folder of ['default', site.language ?? 'en', 'en']) {
      const source = contentOf(join(site.textsDir, folder, name))
      if (source !== undefined) return { name, source }
    }
  }
  return undefined
}

/** What a list text may pull in: other texts and control files of its own list, and nothing else. */
export function textSources(listDir: string): {
  text(name: string): string | undefined
  control(name: string): string | undefined
  controlExists(name: string): boolean
} {
  return {
    text: (name) => (isTextName(name) ? contentOf(pathOn(listDir, 'text', name)) : undefined),
    control: (name) => (isTextName(name) ? contentOf(pathOn(listDir, 'control', name)) : undefined),
    controlExists: (name) => isTextName(name) && existsSync(pathOn(listDir, 'control', name)),
  }
}

/** The characters mlmmj allows (spec listtexts 7.2 and 7.6): no way out of the directory. */
export function isTextName(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(name)
}

function contentOf(path: string): string | undefined {
  try {
    // Whatever is not a regular file counts as not there.
    const found = readBeginningNow(path, mostBytes, 'followed')
    return typeof found === 'string' ? undefined : found.toString('latin1')
  } catch (thrown) {
    throw diskFault(thrown, path)
  }
}
