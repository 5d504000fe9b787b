import { addressesIn } from './addresses.ts'
import { isPolicyRefusal, onOneLine, statusIn } from './_report-codes.ts'
import type { Head } from './head.ts'
import { valueOf, valuesOf } from './mail-facts.ts'
import { contentOf, type Entity } from './mime-parts.ts'
import type { FailedRecipient, Report } from './report.ts'

/** Programs that tell of a failure in words. */
export type TextKind = 'exim' | 'qmail' | 'postfix' | 'sendmail' | 'exchange' | 'gmail' | 'courier'

const mostBytes = 65_536
const mostLines = 1_000
const longestLine = 1_000

/**
 * The words that stand before the failed recipients, one paragraph or line; the words of delays are
 * others. A few of them are enough to know the sentence.
 */
const openings: readonly (readonly [TextKind, RegExp])[] = [
  ['exim', /following address(\(es\)|es)? failed:/i],
  ['qmail', /wasn't able to deliver your message to the following address/i],
  ['qmail', /^unable to deliver (your )?message to the following address/i],
  ['postfix', /message could not be delivered to one or more recipients/i],
  ['sendmail', /^[ *-]*the following address(es)? had (permanent fatal errors|delivery problems)/i],
  ['exchange', /following recipient(\(s\)|s)? could not be reached/i],
  ['exchange', /^delivery has failed to these recipients/i],
  ['gmail', /delivery to the following recipients? failed permanently/i],
  ['courier', /message to the following recipients cannot be delivered/i],
]

/** A warning that a mail is late, in the Subject: or the first lines. */
const delay =
  /delayed (mail|[0-9]+ (hours?|days?))|\(delay\)|has(n't| not) yet been delivered|has been delayed|warning (message )?only|could not send.{0,80}\bfor past\b|still being retried|attempts will continue|will (be retried|keep trying|continue to try)/i

/**
 * Who failed, by a text for people (no standard; each in the manner of one program), or by the field
 * that Exim adds. Only addresses at the beginning of a line that follow an opening count.
 *
 * @returns undefined for words of an unknown shape.
 */
export function readTextReport(head: Head, text: Entity | undefined): Report | undefined {
  const lines = text === undefined ? [] : linesOf(contentOf(text, mostBytes))
  const [opening, kind] = findOpening(lines)
  const told = kind === undefined ? [] : recipientsIn(lines.slice(behind(lines, opening, kind)))
  const failed = valuesOf(head, 'x-failed-recipients').flatMap(addressesIn).slice(0, mostLines)
  if (failed.length > 0) return { kind: 'exim', recipients: joined(failed, told) }
  if (kind !== undefined && told.length > 0) return { kind, recipients: told }
  const start = [valueOf(head, 'subject') ?? '', ...lines.slice(0, 30)].join(' ')
  return delay.test(start) ? { kind: 'notice', recipients: [] } : undefined
}

function linesOf(text: string): string[] {
  return text
    .split('\n', mostLines)
    .map((line) => line.slice(0, longestLine).replace(/\r$/, '').replace(/\t/g, '        '))
}

function findOpening(lines: readonly string[]): [number, TextKind | undefined] {
  for (const [at, line] of lines.entries()) {
    const first = line.trim()
    // The sentence may be broken over two lines.
    const both = `${first} ${(lines[at + 1] ?? '').trim()}`.trim()
    for (const [kind, words] of openings) {
      if (words.test(first)) return [at, kind]
      if (words.test(both)) return [at + 1, kind]
    }
  }
  return [0, undefined]
}

/** Postfix goes on with advice, and signs it before the recipients. */
function behind(lines: readonly string[], opening: number, kind: TextKind): number {
  const signed =
    kind === 'postfix' ? lines.findIndex((line) => line.trim() === 'The mail system') : -1
  return Math.max(opening, signed) + 1
}

interface Told {
  readonly address: string
  readonly reasons: string[]
}

/**
 * The rest of the opening's paragraph is passed over. Behind an address its reason follows: lines
 * that are indented deeper, or that come before the next empty line. The first other line ends it all.
 */
function recipientsIn(lines: readonly string[]): FailedRecipient[] {
  const found: Told[] = []
  let indent = 0
  let [inOpening, inParagraph] = [true, false]
  for (const line of lines) {
    const blank = line.trim() === ''
    const recipient = blank ? undefined : recipientLine(line)
    const last = found.at(-1)
    if (/^ *-{3,}/.test(line)) break
    if (blank) [inOpening, inParagraph] = [false, false]
    else if (recipient !== undefined && (last === undefined || indentOf(line) <= indent)) {
      found.push(recipient)
      indent = indentOf(line)
      ;[inOpening, inParagraph] = [false, true]
    } else if (last !== undefined && (inParagraph || indentOf(line) > indent))
      last.reasons.push(line.trim())
    else if (!inOpening) break
  }
  return found.map(failedRecipient)
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** `<ann@example.org>: said no`, `ann@example.org (no such user)`, `ann@example.org on Monday`, … */
const recipientShape =
  /^ *(?:<([^\s<>@]+@[^\s<>@]+)>|([^\s<>()"',;:@]+@[^\s<>()"',;:@]+))(?:<mailto:[^\s<>]*>)?(?: *:(.*)| *(\(.*)| +on [^@]*)?$/i

function recipientLine(line: string): Told | undefined {
  const [, inside, bare, said, remark] = recipientShape.exec(line.trimEnd()) ?? []
  const address = inside ?? bare
  if (address === undefined) return undefined
  return { address, reasons: [said ?? remark ?? ''] }
}

function failedRecipient({ address, reasons }: Told): FailedRecipient {
  const diagnostic = onOneLine(reasons.join(' ')).slice(0, longestLine) || undefined
  const status = statusIn(diagnostic)
  return { addresses: [address], status, diagnostic, policy: isPolicyRefusal(diagnostic) }
}

/** Everybody the field names, with the reason from the text where there is one. */
function joined(failed: readonly string[], told: readonly FailedRecipient[]): FailedRecipient[] {
  return failed
    .filter((address) => address.includes('@'))
    .map(
      (address) =>
        told.find(({ addresses }) => addresses.includes(address)) ??
        failedRecipient({ address, reasons: [] }),
    )
}
