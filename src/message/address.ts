import { Fault } from '../base/fault.ts'

declare const address: unique symbol

/**
 * A mail address that may become an SMTP argument or a subscriber line: a byte string with an `@`
 * that has something on both sides, no blanks, no control characters, no angle brackets.
 */
export type Address = string & { readonly [address]: true }

/** RFC 5321 4.5.3.1.3 allows a path of 256 bytes with its brackets. */
const longest = 254

/** Why a byte string is no usable address, as the end of a sentence; undefined when it is one. */
export function whyNoAddress(text: string): string | undefined {
  if (text.length > longest) return `is longer than ${longest} bytes`
  if (/[\u0000-\u0020\u007f]/.test(text)) return 'holds a blank or a control character'
  if (/[<>]/.test(text)) return 'holds < or >'
  const at = text.lastIndexOf('@')
  if (at < 0) return 'has no @'
  if (at === 0) return 'has nothing before the @'
  if (at === text.length - 1) return 'has nothing behind the @'
  return undefined
}

/** @throws Fault badAddress with a sentence that says why. */
export function parseAddress(text: string): Address {
  const why = whyNoAddress(text)
  if (why !== undefined) throw new Fault('badAddress', `the address ${JSON.stringify(text)} ${why}`)
  return text as Address
}

export function isAddress(text: string): text is Address {
  return whyNoAddress(text) === undefined
}
