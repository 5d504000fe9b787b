import { asciiLower } from '../base/bytes.ts'
import { addressesIn } from './addresses.ts'
import { isPolicyRefusal, onOneLine, statusIn } from './_report-codes.ts'
import { contentOf, type Entity } from './mime-parts.ts'
import type { FailedRecipient } from './report.ts'

const mostBytes = 262_144

type Fields = ReadonlyMap<string, string>

/**
 * Who failed, by a part of type message/delivery-status or message/global-delivery-status. Delayed,
 * relayed, delivered and expanded are no failures; without Action: the status decides.
 */
export function readStatusPart(part: Entity): FailedRecipient[] {
  return groupsOf(contentOf(part, mostBytes)).filter(hasFailed).flatMap(recipientOf)
}

/**
 * The fields of each recipient (RFC 3464 2.1): groups are divided by empty lines, or by the next
 * Final-Recipient: where a program forgets those.
 */
function groupsOf(content: string): Fields[] {
  const groups: Map<string, string>[] = []
  let group = new Map<string, string>()
  for (const line of unfold(content)) {
    const colon = line.indexOf(':')
    const name = asciiLower(line.slice(0, Math.max(0, colon))).trim()
    if (line === '' || (name === 'final-recipient' && group.has(name))) {
      groups.push(group)
      group = new Map()
    }
    if (name !== '' && !group.has(name)) group.set(name, line.slice(colon + 1).trim())
  }
  return [...groups, group].filter(
    (fields) => fields.has('final-recipient') || fields.has('original-recipient'),
  )
}

function unfold(content: string): string[] {
  const lines: string[] = []
  for (const line of content.split('\n').map((text) => text.replace(/\r$/, ''))) {
    const last = lines.at(-1)
    if (/^[ \t]+\S/.test(line) && last) lines[lines.length - 1] = `${last} ${line.trim()}`
    else lines.push(line.trim() === '' ? '' : line)
  }
  return lines
}

function hasFailed(fields: Fields): boolean {
  const action = /^[a-z]+/.exec(asciiLower(fields.get('action') ?? ''))?.[0]
  const status = statusIn(fields.get('status')) ?? ''
  return action === undefined ? status.startsWith('5') : /^fail/.test(action) && status[0] !== '2'
}

function recipientOf(fields: Fields): FailedRecipient[] {
  const addresses = [
    ...addressesOf(fields.get('final-recipient')),
    ...addressesOf(fields.get('original-recipient'), decodeXtext),
  ]
  if (addresses.length === 0) return []
  const said = fields.get('diagnostic-code')
  const diagnostic = said === undefined ? undefined : onOneLine(said)
  const status = bestStatus(fields.get('status'), diagnostic)
  const policy = isPolicyRefusal(status, diagnostic)
  return [{ addresses: [...new Set(addresses)], status, diagnostic, policy }]
}

/** Gateways give 5.0.0 for what the reply they got says better. */
function bestStatus(field: string | undefined, diagnostic: string | undefined): string | undefined {
  const status = statusIn(field)
  return status === undefined || status.endsWith('.0.0') ? (statusIn(diagnostic) ?? status) : status
}

/**
 * The address in a field such as `rfc822; ann@example.org` or `utf-8; …` (RFC 3464 2.3, RFC 6533 3),
 * as it stands and, where that differs, decoded.
 */
function addressesOf(field = '', decode: (address: string) => string = (address) => address) {
  const colon = field.indexOf(';')
  const isUtf8 = /^\s*utf-?8\s*$/i.test(field.slice(0, Math.max(0, colon)))
  return addressesIn(field.slice(colon + 1))
    .slice(0, 1)
    .filter((address) => address.includes('@'))
    .flatMap((address) => (isUtf8 ? [decodeUnitext(address)] : [address, decode(address)]))
}

/** xtext of RFC 3461 4: `+2B` for a plus sign. Some programs decode it, others leave it. */
function decodeXtext(address: string): string {
  return address.replace(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
}

/** `\x{E9}` of RFC 6533 3, as the bytes of UTF-8. */
function decodeUnitext(address: string): string {
  return address.replace(/\\x\{([0-9A-Fa-f]{1,6})\}/g, (whole, hex: string) => {
    const point = parseInt(hex, 16)
    return point > 0x10ffff ? whole : Buffer.from(String.fromCodePoint(point)).toString('latin1')
  })
}
