import { purposeOfFile } from '../list/text-file.ts'
import { languagesIn, type OwnText } from '../spool/list-texts.ts'
import type { TextManifest } from '../spool/text-manifest.ts'
import type { House } from './house.ts'

type Texts = ReadonlyMap<string, string>

/** Everything there is beside the lists' own texts. Contents are byte strings. */
export interface TextSite {
  /** Our texts, by language and name. */
  readonly languages: ReadonlyMap<string, Texts>
  /** The language of lists that have no texts of their own. */
  readonly language: string
  /** The texts of mlmmj, by language and name: what a list made by it has copies of. */
  readonly stock: ReadonlyMap<string, Texts>
  /** Whether nobody has edited this content of a text. */
  isShipped(name: string, content: string): boolean
}

/** Reads all texts that are shipped: ours, and those of an mlmmj on this machine, if any. */
export async function openTextSite(house: House, stockDir: string): Promise<TextSite> {
  const languages = await languagesIn(house.textsDir)
  const stock = await languagesIn(stockDir)
  const shipped = new Map<string, Set<string>>()
  for (const texts of [...languages.values(), ...stock.values()])
    for (const [name, content] of texts) {
      const contents = shipped.get(name) ?? new Set()
      shipped.set(name, contents.add(content))
    }
  return {
    languages,
    language: house.language ?? 'en',
    stock,
    isShipped: (name, content) => shipped.get(name)?.has(content) ?? false,
  }
}

/** Whether a list has any text of its own, beside files that texts include. */
export function hasTexts(own: ReadonlyMap<string, OwnText>): boolean {
  return [...own.keys()].some((name) => purposeOfFile(name) !== undefined)
}

/**
 * The language of a list's own texts: what we wrote down when we put them there, or else the language
 * of most of those that nobody has edited.
 */
export function presentLanguage(
  own: ReadonlyMap<string, OwnText>,
  manifest: TextManifest | undefined,
  { languages, language, stock }: TextSite,
): string | undefined {
  if (manifest !== undefined)
    return languages.has(manifest.language) ? manifest.language : undefined
  let best: { name: string; alike: number } | undefined
  // Of languages that are as likely, the site's is taken.
  for (const name of new Set([language, ...languages.keys()])) {
    if (!languages.has(name)) continue
    const alike = [languages, stock].flatMap((texts) => [...(texts.get(name) ?? [])])
    const count = alike.filter(([file, content]) => isSame(own.get(file), content)).length
    if (count > (best?.alike ?? 0)) best = { name, alike: count }
  }
  return best?.name
}

function isSame(own: OwnText | undefined, content: string): boolean {
  return own !== undefined && own !== 'strange' && own.content === content
}
