import { asciiLower } from '../base/bytes.ts'

/** The parts of a list address; an Identity has them. */
export interface ListParts {
  readonly name: string
  readonly delimiter: string
  readonly fqdn: string
}

/**
 * Where failed deliveries of one copy return to, such as
 * list+bounces-12-joe=example.net@example.org (spec mailflow 6.5).
 *
 * @param which the post's number, or what else is sent: `help`, `probe`, `digest`, …
 * @param staticAddress control/staticbounceaddr; the list's name then moves behind its local part.
 *   Without an `@` it counts as not set.
 * @returns however long that gets; RFC 5321 4.5.3.1.1 sees no more than 64 bytes before the `@`.
 */
export function returnPath(
  list: ListParts,
  which: number | string,
  recipient: string,
  staticAddress?: string,
): string {
  return pathWith(list, `bounces-${which}-${recipient.replace('@', '=')}`, staticAddress)
}

/**
 * The return path of a group of recipients. Where the relay is told `XVERP=-=`, it makes of it for
 * each of them what `returnPath` does.
 */
export function groupReturnPath(
  list: ListParts,
  which: number | string,
  staticAddress?: string,
): string {
  return pathWith(list, `bounces-${which}`, staticAddress)
}

/** Whether a relay that is told `XVERP=-=` makes the same return path of an address as we do. */
export function mayShareReturnPath(recipient: string): boolean {
  return /^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+$/.test(recipient)
}

function pathWith(list: ListParts, tail: string, staticAddress: string | undefined): string {
  const at = staticAddress?.lastIndexOf('@') ?? -1
  if (staticAddress === undefined || at < 1)
    return `${list.name}${list.delimiter}${tail}@${list.fqdn}`
  const local = staticAddress.slice(0, at)
  return `${local}${list.delimiter}${list.name}-${tail}${staticAddress.slice(at)}`
}

/** What a bounce address says. */
export interface BounceExtension {
  /** Up to the first `-`: a post's number, `help`, `probe`, `confsub`, …; may be empty. */
  readonly which: string
  /** What is behind it, in ASCII lower case, as a file below bounce/ is called; undefined: no `-`. */
  readonly suffix: string | undefined
  /** That as an address, its last `=` turned into `@`; undefined when it has none. */
  readonly address: string | undefined
}

/**
 * Reads what stands behind `bounces-` in an extension address (spec mailflow 7.1). Anybody can write
 * one: the address is not checked, nor is it a safe file name.
 */
export function readBounceExtension(text: string): BounceExtension {
  const dash = text.indexOf('-')
  if (dash < 0) return { which: text, suffix: undefined, address: undefined }
  const suffix = asciiLower(text.slice(dash + 1))
  const sign = suffix.lastIndexOf('=')
  const address = sign < 0 ? undefined : `${suffix.slice(0, sign)}@${suffix.slice(sign + 1)}`
  return { which: text.slice(0, dash), suffix, address }
}
