import { bareBytes, sameBytes } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import type { Settings } from './tunables.ts'

/** Who the list is: what `control/listaddress` and `control/delimiter` say. */
export interface Identity {
  /** First line of listaddress, spelled as written. */
  readonly primary: string
  /** The primary address before its first `@`, and behind it. */
  readonly name: string
  readonly fqdn: string
  readonly delimiter: string
  /** Every line of listaddress. */
  readonly addresses: readonly string[]
}

/** @throws Fault badSettings when no line of listaddress is an address (spec spool 3.2). */
export function identityOf(settings: Pick<Settings, 'listaddress' | 'delimiter'>): Identity {
  const addresses = (settings.listaddress ?? [])
    .map((line) => bareBytes(line))
    .filter((line) => /^[^@ \t]+@[^@ \t]+$/.test(line))
  const primary = addresses[0]
  if (primary === undefined)
    throw new Fault('badSettings', 'control/listaddress holds no address such as list@example.org')
  const at = primary.indexOf('@')
  return {
    primary,
    name: primary.slice(0, at),
    fqdn: primary.slice(at + 1),
    delimiter: bareBytes(settings.delimiter ?? '') || '+',
    addresses,
  }
}

/** An address below the list, such as list+owner@example.org for `owner`. */
export function addressBelow({ name, delimiter, fqdn }: Identity, extension: string): string {
  return `${name}${delimiter}${extension}@${fqdn}`
}

export function isPrimary(list: Identity, address: string): boolean {
  return sameBytes(list.primary, address)
}

/**
 * Whether an address is the list, and the extension it carries (empty for none). Compared with
 * `name + delimiter` as a prefix, so a delimiter inside the name does no harm (spec mailflow 2.2).
 */
export function matchAddress(list: Identity, address: string): { extension: string } | undefined {
  for (const own of list.addresses) {
    if (sameBytes(own, address)) return { extension: '' }
    const at = own.indexOf('@')
    const [name, domain] = [own.slice(0, at) + list.delimiter, own.slice(at)]
    const end = address.lastIndexOf('@')
    if (end < name.length) continue
    if (!sameBytes(address.slice(end), domain) || !sameBytes(address.slice(0, name.length), name))
      continue
    return { extension: address.slice(name.length, end) }
  }
  return undefined
}
