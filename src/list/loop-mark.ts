import { asciiLower, sameBytes } from '../base/bytes.ts'
import type { Head } from '../message/head.ts'
import { addressesOf, valuesOf } from '../message/mail-facts.ts'
import type { Identity } from './identity.ts'
import type { Settings } from './tunables.ts'

/** Name of the field, in lower case, by which a list knows its own posts; `delheaders` keeps it. */
export const loopField = 'x-loop'

/** The header line of a list's own posts, without its line end. */
export function loopMark({ primary }: Pick<Identity, 'primary'>): string {
  return `X-Loop: ${primary}`
}

/** The marks of other lists that a mail has passed, as header lines, each once. */
export function marksOf(head: Head): readonly string[] {
  const marks = addressesOf(head, loopField).filter((address) => /^[!-~]{1,254}$/.test(address))
  return [...new Set(marks.map((address) => loopMark({ primary: address })))]
}

/**
 * Whether a mail has been sent out by this list before, and came back through another list or a
 * forwarder (spec mailflow 2.7, the *Do*): it has the list's mark with one of its addresses, or the
 * List-Id: that the list's own control/customheaders gives to each post (RFC 2919 3).
 */
export function cameBack(
  head: Head,
  list: Pick<Identity, 'addresses'>,
  { customheaders = '' }: Settings,
): boolean {
  const marks = addressesOf(head, loopField)
  if (marks.some((mark) => list.addresses.some((own) => sameBytes(own, mark)))) return true
  const own = /^list-id:(.*)$/im.exec(customheaders.replace(/\r*\n[ \t]+/g, ' '))?.[1]
  const id = own === undefined ? undefined : identifierIn(own)
  return id !== undefined && valuesOf(head, 'list-id').some((value) => identifierIn(value) === id)
}

/** What stands in the last `<>`; some leave them out. */
function identifierIn(value: string): string | undefined {
  const [, inside] = /<([^<>]*)>[^<>]*$/.exec(value) ?? []
  return asciiLower((inside ?? value).trim()) || undefined
}
