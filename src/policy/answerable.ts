import { asciiLower } from '../base/bytes.ts'
import { matchAddress, type Identity } from '../list/identity.ts'
import { loopField } from '../list/loop-mark.ts'
import { isAddress } from '../message/address.ts'
import type { Head } from '../message/head.ts'
import { valueOf } from '../message/mail-facts.ts'

/**
 * Why a mail may not be answered by the program, as the end of a sentence; undefined when it may. Not
 * when it came from nobody, from the list or one of its own addresses, from another robot or through
 * a list (RFC 3834 2, spec mailflow 2.7). Two lists, or a list and a vacation notice, would otherwise
 * answer each other for ever.
 */
export function whyUnanswerable(
  head: Head,
  envelopeFrom: string,
  answerTo: string,
  list: Identity,
): string | undefined {
  const why = whyNoPerson(head, envelopeFrom, answerTo, list)
  return why ?? (isAddress(answerTo) ? undefined : 'its sender is no address')
}

/** As whyUnanswerable, where the sender's address does not matter. */
export function whyNoPerson(
  head: Head,
  envelopeFrom: string,
  from: string,
  list: Identity,
): string | undefined {
  if (envelopeFrom === '') return 'it came from nobody'
  for (const address of [from, envelopeFrom])
    if (matchAddress(list, address) !== undefined) return 'it came from the list itself'
  if (isRobotAddress(from) || isRobotAddress(envelopeFrom) || isBouncePath(envelopeFrom))
    return 'its sender is a program'
  return isAutomatic(head) ? 'a program wrote it' : undefined
}

/** Fields that only mail has which some list sent on: RFC 2369, RFC 2919, and older ones. */
const listFields = [
  'list-id',
  'list-post',
  'list-help',
  'list-subscribe',
  'list-unsubscribe',
  'list-owner',
  'mailing-list',
  'x-mailing-list',
  'x-been-there',
  'x-beenthere',
  loopField,
]

/** Whether a program wrote it (RFC 3834 2), or another list sent it on. */
export function isAutomatic(head: Head): boolean {
  const automatic = asciiLower(valueOf(head, 'auto-submitted') ?? 'no')
  if (!/^no(?![\w-])/.test(automatic)) return true
  if (/^(bulk|junk|list)\b/.test(asciiLower(valueOf(head, 'precedence') ?? ''))) return true
  return isAutoReply(head) || listFields.some((name) => valueOf(head, name) !== undefined)
}

/** Whether a program wrote it as an answer, such as a vacation notice (RFC 3834 5, and before it). */
export function isAutoReply(head: Head): boolean {
  const value = (name: string) => asciiLower(valueOf(head, name) ?? '')
  return (
    value('auto-submitted').startsWith('auto-replied') ||
    value('precedence').startsWith('auto') ||
    ['x-autoreply', 'x-autorespond'].some((name) => valueOf(head, name) !== undefined)
  )
}

/** Addresses that RFC 3834 2 wants no answer sent to. */
function isRobotAddress(address: string): boolean {
  return /^(?:mailer-daemon|owner-.*|.*-request)(?:@|$)/is.test(address)
}

/** The envelope senders of lists: `talk-bounces+12@`, `talk+bounces-12-ann=example.org@`. */
function isBouncePath(address: string): boolean {
  return /^[^@]*[-+]bounces?[-+@]/is.test(address)
}
