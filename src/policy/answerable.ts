import { asciiLower } from '../base/bytes.ts'
import { matchAddress, type Identity } from '../list/identity.ts'
import { isAddress } from '../message/address.ts'
import type { Head } from '../message/head.ts'
import { valueOf } from '../message/mail-facts.ts'

/**
 * Whether a mail may be answered by the program at all: not when it came from nobody, from the list
 * or one of its own addresses, or from another robot (RFC 3834 2, spec mailflow 2.7). Two lists, or a
 * list and a vacation notice, would otherwise answer each other for ever.
 */
export function isAnswerable(
  head: Head,
  envelopeFrom: string,
  answerTo: string,
  list: Identity,
): boolean {
  if (envelopeFrom === '' || !isAddress(answerTo)) return false
  if (matchAddress(list, answerTo) !== undefined) return false
  return !isAutomatic(head)
}

/** Whether a program wrote it (RFC 3834 2), or another list sent it on. */
export function isAutomatic(head: Head): boolean {
  const automatic = asciiLower(valueOf(head, 'auto-submitted') ?? 'no')
  if (!/^no\b/.test(automatic)) return true
  return /^(bulk|junk|list)\b/.test(asciiLower(valueOf(head, 'precedence') ?? ''))
}
