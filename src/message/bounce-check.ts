import { createHmac, timingSafeEqual } from 'node:crypto'
import { asciiLower } from '../base/bytes.ts'

/** Digits of a check: 40 bits, and each guess costs a mail. */
const digits = 10

/**
 * The check for the return path of one copy, 10 digits [0-9a-f] (HMAC-SHA256, cut off). It stands
 * behind the word that says what was sent: list+bounces-12.CHECK-joe=example.net@example.org. Who
 * gets a copy sees his own check, which is of no use for anybody else's address.
 *
 * @param which a post's number, `digest`, or the word and time of a probe
 * @param recipient in any case
 */
export function bounceCheck(key: Uint8Array, which: number | string, recipient: string): string {
  return createHmac('sha256', key)
    .update(asciiLower(`${which}\0${recipient}`), 'latin1')
    .digest('hex')
    .slice(0, digits)
}

/** Takes a check off the word before it; undefined where there is none. */
export function splitCheck(which: string): { which: string; check: string | undefined } {
  const [, word, check] = /^(\d+|digest|probe)\.([0-9a-f]{10})$/i.exec(which) ?? []
  if (word === undefined || check === undefined) return { which, check: undefined }
  return { which: word, check: asciiLower(check) }
}

/** Whether two checks are the same, in a time that tells nothing. */
export function isSameCheck(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
