import { readFileSync } from 'node:fs'
import { bytesFromText, textFromBytes } from '../src/base/bytes.ts'
import { readDigestText } from '../src/compose/text/digest-text.ts'
import type { Material } from '../src/compose/text/material.ts'
import { membersAppendix } from '../src/compose/text/members-appendix.ts'
import { materialOf } from '../src/compose/text/render-mail.ts'
import { renderText, type Header } from '../src/compose/text/render-text.ts'
import { TextLines } from '../src/compose/text/text-lines.ts'
import { identityOf } from '../src/list/identity.ts'
import { textNames } from '../src/list/text-names.ts'

type Texts = Readonly<Record<string, string>>

/** A case file, as its README says. */
export interface ListtextCase {
  readonly name: string
  readonly files: Texts
  readonly filesBase64?: Texts
  readonly systemFiles?: Texts
  readonly control: Texts
  readonly context: {
    readonly purpose: string
    readonly action: string | null
    readonly reason: string | null
    readonly type: string | null
    readonly compatName: string | null
    readonly from?: string
    readonly to?: string
    readonly replyTo?: string | null
    readonly substitutions: Texts
    readonly lists: Readonly<Record<string, readonly string[]>>
    readonly originalmail?: string
  }
  readonly archive?: Texts
  readonly expected?: string | null
  readonly expectedBase64?: string
  readonly expected_1_3_0?: string | null
}

/** Where our output is meant to differ, with the output that is right for us, as readable text. */
export type Deviations = Readonly<
  Record<string, { readonly why: string; readonly expected: string }>
>

export interface Verdict {
  readonly passed: boolean
  /** Why what differs is right; undefined when nothing differs. */
  readonly deviation?: string | undefined
  readonly wanted: string
  readonly got: string
}

export function readCase(path: string): ListtextCase {
  return JSON.parse(readFileSync(path, 'utf8')) as ListtextCase
}

/**
 * Plays a case. Output that differs from mlmmj 1.5.0's passes when it is the one that `deviations`
 * states, or when what differs is one of the general decisions below.
 */
export function judgeCase(played: ListtextCase, deviations: Deviations): Verdict {
  const wanted = played.expectedBase64
    ? Buffer.from(played.expectedBase64, 'base64').toString('latin1')
    : written(played.expected)
  const got = play(played)
  const stated = deviations[played.name]
  if (stated !== undefined) {
    const passed = got === bytesFromText(stated.expected)
    return { passed, deviation: stated.why, wanted: bytesFromText(stated.expected), got }
  }
  if (got === wanted) return { passed: true, wanted, got }
  const deviation = generalDecision(played, got, wanted)
  return { passed: deviation !== undefined, deviation, wanted, got }
}

function generalDecision(played: ListtextCase, got: string, wanted: string): string | undefined {
  const old = played.expected_1_3_0 === undefined ? undefined : written(played.expected_1_3_0)
  if (got === old) return 'as mlmmj 1.3.0'
  for (const goal of [wanted, old ?? wanted]) {
    const single = goal.replace('\nSubject: Subject: ', '\nSubject: ')
    if (got === single) return 'Subject: is not written twice'
    if (unfolded(got) === unfolded(single)) return 'the subject is folded'
    if (withoutRepaired(got) === single) return 'characters that begin with E0 and F0 are kept'
    if ([goal, single].includes(play(played, true)))
      return 'what stems from mail is not read as template'
  }
  return undefined
}

function written(expected: string | null | undefined): string {
  return expected === null || expected === undefined ? '(no mail)' : bytesFromText(expected)
}

function unfolded(mail: string): string {
  return mail.replace(/^Subject: .*(?:\n .*)+/m, (field) =>
    field.replaceAll('?=\n =?utf-8?q?', '').replaceAll('\n ', ' '),
  )
}

function withoutRepaired(mail: string): string {
  return mail.replace(/[\u00e0\u00f0][\u0080-\u00bf]+/g, (bytes) => '?'.repeat(bytes.length))
}

/** The mail as a byte string. `live`: values and items are read as template, as mlmmj does. */
function play(played: ListtextCase, live = false): string {
  const { purpose, compatName, lists } = played.context
  const [action, reason, type] = (['action', 'reason', 'type'] as const).map(
    (part) => played.context[part] ?? undefined,
  )
  const control = (name: string) => bytesOrNone(played.control[name])
  const identity = identityOf({
    listaddress: control('listaddress')?.split('\n'),
    delimiter: control('delimiter')?.split('\n')[0],
  })
  const names = textNames({ purpose, action, reason, type })
  if (compatName && names[4] !== compatName) return `(wrong old name ${names[4]})`
  const template = names.map((name) => findText(played, name)).find((text) => text !== undefined)
  if (template === undefined) return '(no mail)'

  const used = new Set<string>()
  const values = Object.entries(played.context.substitutions)
  const byteLists = Object.entries(lists).map(([name, items]) => [name, items.map(bytesFromText)])
  const mail = played.context.originalmail
  const material = materialOf(
    {
      request: { purpose, action, reason, type },
      identity,
      values: Object.fromEntries(values.map(([name, value]) => [name, bytesFromText(value)])),
      lists: Object.fromEntries(byteLists) as Record<string, string[]>,
      original: mail === undefined ? undefined : bytesFromText(mail).split(/(?<=\n)/),
      sources: {
        text: (name) => findText(played, name, true),
        control,
        controlExists: (name) =>
          Object.keys(played.control).some((file) => file === name || file.startsWith(`${name}/`)),
      },
    },
    used,
  )
  const lines = new TextLines(template, live ? alive(material) : material)
  if (purpose === 'digest') return digestMail(played, lines, identity.name)
  const appendix = () =>
    purpose === 'list' && used.size === 0 ? membersAppendix(Object.fromEntries(byteLists)) : []
  return renderText(lines, defaults(played), appendix).toString('latin1')
}

function alive(material: Material): Material {
  return {
    ...material,
    token: (name) => {
      const token = material.token(name)
      return token && { ...token, live: true }
    },
    list: (name) => {
      const list = material.list(name)
      return list && { ...list, live: true }
    },
  }
}

function findText(played: ListtextCase, name: string, ofList = false): string | undefined {
  const coded = played.filesBase64?.[name]
  if (coded !== undefined) return Buffer.from(coded, 'base64').toString('latin1')
  const own = bytesOrNone(played.files[name])
  if (own !== undefined || ofList) return own
  const { systemFiles = {} } = played
  return bytesOrNone(systemFiles[`default/${name}`] ?? systemFiles[`en/${name}`])
}

function bytesOrNone(text: string | undefined): string | undefined {
  return text === undefined ? undefined : bytesFromText(text)
}

function defaults({ context }: ListtextCase): Header[] {
  return [
    ['From', context.from ?? ''],
    ['To', context.to ?? ''],
    ['Message-ID', '{{MESSAGE-ID}}'],
    ['Date', '{{DATE}}'],
    ['Subject', 'mlmmj administrivia'],
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', '8bit'],
    ...(context.replyTo ? [['Reply-To', context.replyTo] as const] : []),
  ]
}

/** The digest around its text part, made as spec listtexts 14 says. */
function digestMail(
  { context, control, archive = {} }: ListtextCase,
  lines: TextLines,
  list: string,
) {
  const { digestissue, digestinterval, listaddr, helpaddr } = context.substitutions
  const usual = `Digest of ${listaddr} issue ${digestissue} (${digestinterval})`
  const { subject, body } = readDigestText(lines, usual)
  const boundary = '{{BOUNDARY}}'
  const textPart = `\n--${boundary}
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit\n\n${body.toString('latin1')}`
  const posts = Object.entries(archive).map(
    ([number, post]) => `\n--${boundary}
Content-Type: message/rfc822
Content-Disposition: inline; filename="${list}_${number}.eml"\n\n${bytesFromText(post)}`,
  )
  return `From: ${helpaddr}
MIME-Version: 1.0
Content-Type: multipart/digest; boundary=${boundary}
${subject}
To: dora@x.example\n\n${'nodigesttext' in control ? '' : textPart}${posts.join('')}\n--${boundary}--\n`
}

/** Two outputs for a person to compare. */
export function difference({ wanted, got }: Verdict): string {
  return `wanted ${JSON.stringify(textFromBytes(wanted))}\n   got ${JSON.stringify(textFromBytes(got))}`
}
