import type { Identity } from '../../list/identity.ts'
import { mailDate, messageId } from '../../message/date.ts'
import type { Material, TextParts, TextSources } from './material.ts'
import { membersAppendix } from './members-appendix.ts'
import { renderText, type Header } from './render-text.ts'
import { TextLines } from './text-lines.ts'
import { listValues, tokenFinder } from './tokens.ts'

/** What a list text is filled with. Everything is a byte string. */
export interface TextOrder {
  readonly request: TextParts & { readonly purpose: string }
  readonly identity: Identity
  /** What `$name$` stands for, beside what every text has (spec listtexts 8.1). Plain text. */
  readonly values: Readonly<Record<string, string>>
  /** What `%name%` stands for: a line for each item, read anew each time it is used. Plain text. */
  readonly lists: Readonly<Record<string, Iterable<string>>>
  /** Lines of the mail that this one is about; read anew each time, and only as far as needed. */
  readonly original?: Iterable<string> | undefined
  readonly sources: TextSources
}

/** What a mail made of a list text needs beside the text. */
export interface MailOrder extends TextOrder {
  /** Whole addresses for the header fields. */
  readonly from: string
  readonly to: string
  readonly replyTo?: string | undefined
  readonly stamp: Stamp
}

/** Time and chance, and who we are. */
export interface Stamp {
  readonly epochMs: number
  /** How far local time is ahead of UTC. */
  readonly zoneMinutes: number
  readonly pid: number
  /** Eight digits [0-9a-f] for the Message-ID. */
  readonly random: string
  /** `$random0$` to `$random5$`: 16 digits [0-9a-f] each. */
  readonly randoms: readonly string[]
}

export interface RenderedMail {
  readonly mail: Buffer
  /** What is wrong with the text, for the log: sentences without a full stop. */
  readonly warnings: readonly string[]
}

/**
 * A whole mail made of a list text, with the headers of spec listtexts 4.1 and an Auto-Submitted:
 * field (RFC 3834 5), by which other robots know not to answer; the text may replace each of them.
 *
 * @throws Fault badSettings when the text takes more work than any list needs.
 */
export function renderMail(template: string, order: MailOrder): RenderedMail {
  const { request, lists, stamp } = order
  const used = new Set<string>()
  const randoms = stamp.randoms.map((random, index) => [`random${index}`, random] as const)
  const lines = new TextLines(
    template,
    materialOf({ ...order, values: { ...Object.fromEntries(randoms), ...order.values } }, used),
  )
  const mail = renderText(lines, defaultHeaders(order), () =>
    request.purpose === 'list' && used.size === 0 ? membersAppendix(lists) : [],
  )
  return { mail, warnings: lines.warnings }
}

/** All that a text can refer to. The names of the lists that it uses are added to `used`. */
export function materialOf(order: TextOrder, used = new Set<string>()): Material {
  const { request, identity, lists, original, sources } = order
  return {
    parts: request,
    sources,
    original,
    token: tokenFinder({
      purpose: request.purpose,
      action: request.action,
      values: { ...listValues(identity), ...order.values },
      sources,
      hasOriginal: original !== undefined,
      hasList: (name) => Object.hasOwn(lists, name),
    }),
    list(name) {
      const items = Object.hasOwn(lists, name) ? lists[name] : undefined
      if (items === undefined) return undefined
      used.add(name)
      return { items, live: false }
    },
  }
}

function defaultHeaders({ request, identity, from, to, replyTo, stamp }: MailOrder): Header[] {
  const { epochMs, zoneMinutes, pid, random } = stamp
  return [
    ['From', oneLine(from)],
    ['To', oneLine(to)],
    ['Message-ID', messageId(epochMs, pid, random, identity.fqdn)],
    ['Date', mailDate(epochMs, zoneMinutes)],
    ['Subject', 'mlmmj administrivia'],
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', '8bit'],
    ...(replyTo === undefined ? [] : [['Reply-To', oneLine(replyTo)] as const]),
    ['Auto-Submitted', unasked.has(request.purpose) ? 'auto-generated' : 'auto-replied'],
  ]
}

/** Purposes of mail that does not go to whoever wrote to us. */
const unasked = new Set(['notify', 'gatekeep', 'moderate', 'probe'])

/** An address with a line end in it would write header lines. */
function oneLine(value: string): string {
  return value.replace(/[\r\n\0]+/g, ' ')
}
