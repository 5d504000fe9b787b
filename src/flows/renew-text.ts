import { bytesFromText } from '../base/bytes.ts'
import { digestOf } from '../base/hashes.ts'
import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import { unifiedDiff } from '../compose/line-diff.ts'
import { isSaved, judgeTexts, type TextFacts, type TextFate } from '../policy/renew-text.ts'
import { ownTexts, textLinkOf, type OwnText } from '../spool/list-texts.ts'
import { takeLock } from '../spool/lock.ts'
import { readTextManifest } from '../spool/text-manifest.ts'
import type { House } from './house.ts'
import { logEventsTo } from './log-events.ts'
import { applyRenewal, leaves, textAfter, type Renewal } from './_renew-apply.ts'
import { hasTexts, presentLanguage, type TextSite } from './_renew-language.ts'

export { openTextSite, type TextSite } from './_renew-language.ts'
export { firstList, listsOfOneOwner } from './_renew-lists.ts'

/** What is wanted of a list's texts. */
export interface RenewOrder {
  /** The language they shall have; without it they keep the one they have. */
  readonly language: string | undefined
  /** Replace texts that somebody has edited, even if the language stays. */
  readonly force: boolean
  /** Find out what would happen, and change nothing. */
  readonly dryRun: boolean
}

/** What happened to a list's texts, or would happen. */
export type Renewed =
  | {
      readonly result: 'renewed'
      readonly language: string
      /** The language they had, as far as it is known. */
      readonly from: string | undefined
      /** Where edited texts went, below the list; undefined when there were none, or nothing is done. */
      readonly savedIn: string | undefined
      /** Every text with something to tell about. */
      readonly texts: readonly RenewedText[]
    }
  | {
      readonly result: 'left'
      readonly why: string
      /** There was nothing to do; otherwise the list needs a person. */
      readonly fine: boolean
    }

export interface RenewedText {
  readonly name: string
  readonly fate: TextFate
  /** The change, or the one that would be made, as `diff -u` shows it. A byte string. */
  readonly diff: string
}

/** @throws Fault badUsage when there are no texts in this language */
export function checkLanguage(site: TextSite, language: string): void {
  if (site.languages.has(language)) return
  const known = [...site.languages.keys()].join(', ')
  throw new Fault(
    'badUsage',
    `there are no texts in ${JSON.stringify(language)}; there are ${known}`,
  )
}

/**
 * Switches the own texts of a list to another language, or brings those of the present one up to
 * date. What somebody has edited is kept, or saved in text.old/ before it is replaced; a run that was
 * interrupted is completed by the next one.
 *
 * @throws Fault badUsage for an unknown language; busy, spoolTrouble, spoolFull
 */
export async function renewText(
  house: House,
  site: TextSite,
  listDir: string,
  order: RenewOrder,
): Promise<Renewed> {
  if (order.language !== undefined) checkLanguage(site, order.language)
  const link = await textLinkOf(listDir)
  if (link !== undefined)
    return left(
      `text/ is a link to ${link}, which other lists may use too. For texts of its own, remove the` +
        ' link and name a language; or renew the list that the texts belong to',
    )
  if (order.dryRun) return await renew(house, site, listDir, order)
  const stopLog = logEventsTo(house, listDir)
  try {
    await using _held = await takeLock(listDir, 'texts')
    return await renew(house, site, listDir, order)
  } finally {
    stopLog()
  }
}

async function renew(
  house: House,
  site: TextSite,
  listDir: string,
  { language: wanted, force, dryRun }: RenewOrder,
): Promise<Renewed> {
  const own = await ownTexts(listDir)
  const manifest = await readTextManifest(listDir)
  const unfinished = manifest?.unfinished ?? false
  if (wanted === undefined && !unfinished && !hasTexts(own))
    return { ...left(`it has no texts of its own and uses those of ${site.language}`), fine: true }
  const present = hasTexts(own) ? presentLanguage(own, manifest, site) : undefined
  const language = wanted ?? (unfinished ? manifest?.language : present)
  const offered = language === undefined ? undefined : site.languages.get(language)
  if (language === undefined || offered === undefined)
    return left('the language of its texts is not known: name the one it shall have')

  const isSwitch = force || unfinished || language !== present
  const names = [...new Set([...own.keys(), ...offered.keys()])].sort()
  const fates = judgeTexts(
    names.map((name) => ({
      name,
      has: stateOf(own.get(name), offered.get(name), (content) => {
        const ours = manifest?.texts.get(name) === digestOf(content)
        return ours || site.isShipped(name, content)
      }),
      offered: offered.has(name),
      wasOurs: manifest?.texts.has(name) ?? false,
    })),
    isSwitch ? 'switch' : 'refresh',
  )
  const renewal = { listDir, language, isSwitch, own, offered, fates, manifest }
  const texts = toldTexts(renewal)
  const savedIn = dryRun ? undefined : await applyRenewal(renewal, house.chance.now())
  const changed = texts.filter(({ diff }) => diff !== '').length
  const saved = texts.filter(({ fate }) => isSaved(fate)).length
  if (!dryRun && changed > 0) events.textsRenewed(listDir, language, changed, saved)
  return { result: 'renewed', language, from: present, savedIn, texts }
}

function stateOf(
  own: OwnText | undefined,
  goal: string | undefined,
  isShipped: (content: string) => boolean,
): TextFacts['has'] {
  if (own === undefined) return 'nothing'
  if (own === 'strange') return 'strange'
  if (own.content === goal) return 'wanted'
  return isShipped(own.content) ? 'shipped' : 'edited'
}

/** Only what a person wants to hear of. */
function toldTexts({ listDir, language, own, offered, fates }: Renewal): readonly RenewedText[] {
  const silent: readonly TextFate[] = ['same', 'taken away', 'not ours']
  return [...fates].flatMap(([name, fate]) => {
    if (silent.includes(fate)) return []
    const now = own.get(name)
    const before = now === undefined || now === 'strange' ? undefined : now.content
    const after = leaves(fate) ? '' : (textAfter(fate, offered.get(name)) ?? before)
    const path = bytesFromText(`${listDir}/text/${name}`)
    const diff = unifiedDiff(before ?? '', after ?? '', {
      before: before === undefined ? '/dev/null' : path,
      after: leaves(fate) ? '/dev/null' : `${path}\t(${language})`,
    })
    return [{ name, fate, diff }]
  })
}

function left(why: string): Extract<Renewed, { result: 'left' }> {
  return { result: 'left', why, fine: false }
}
