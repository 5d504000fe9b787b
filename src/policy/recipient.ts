import type { Arrival } from '../message/arrival.ts'
import { matchAddress, type Identity } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'
import { addressesIn } from '../message/addresses.ts'
import type { Head } from '../message/head.ts'
import { addressesOf } from '../message/mail-facts.ts'

/** Whom a mail was for, as far as the list is concerned. */
export interface Recipient {
  /** What stood behind the delimiter; empty for a post. */
  readonly extension: string
  /** The list address stands in To: or Cc:. */
  readonly namesTheList: boolean
}

/**
 * Who brought the mail decides: by what he said of the envelope, or by an X-Original-To: that he put in
 * front of the mail. Where he did neither, the headers do, in mlmmj 1.5's order: Delivered-To, then To,
 * then Cc (spec mailflow 2.2).
 */
export function recipientOf(
  head: Head,
  { extension: told }: Arrival,
  settings: Pick<Settings, 'tocc'>,
  list: Identity,
): Recipient {
  const firstMatch = (name: string) => {
    for (const address of addressesOf(head, name)) {
      const match = matchAddress(list, address)
      if (match) return match
    }
    return undefined
  }
  const envelope = told ?? originalRecipient(head, list)
  let extension = envelope
  let matched = envelope !== undefined
  if (!settings.tocc || !matched) {
    const match = firstMatch('delivered-to')
    if (match) {
      matched = true
      extension ??= match.extension || undefined
    }
  }
  const named = firstMatch('to') ?? firstMatch('cc')
  if (named && (!settings.tocc || !matched)) extension ??= named.extension || undefined
  return { extension: extension ?? '', namesTheList: named !== undefined }
}

/**
 * The extension in X-Original-To:, which Postfix's pipe adds when told to (flags=O). Only above the
 * first Received: field it is from our own mail server; further down the sender may have written it.
 */
function originalRecipient(head: Head, list: Identity): string | undefined {
  for (const field of head.fields) {
    if (field.name === 'received') return undefined
    if (field.name !== 'x-original-to') continue
    const [address = ''] = addressesIn(field.value())
    return matchAddress(list, address)?.extension
  }
  return undefined
}
