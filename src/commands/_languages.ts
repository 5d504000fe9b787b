/** Names of list texts that are no language tags: mlmmj calls Greek by its country. */
const tags: Readonly<Record<string, string>> = { gr: 'el' }

/** What the speakers of a language call it; undefined for a directory that is no language's. */
export function ownLanguageName(folder: string): string | undefined {
  const tag = tags[folder] ?? folder
  if (!/^[a-z]{2,3}(-[a-z]{2})?$/.test(tag)) return undefined
  return new Intl.DisplayNames([tag], { type: 'language', fallback: 'none' }).of(tag)
}
