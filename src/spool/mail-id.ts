import { Fault } from '../base/fault.ts'

declare const mailId: unique symbol

/** The name of a mail in incoming/, queue/ and moderation/ (R16 of spec spool 1.2). */
export type MailId = string & { readonly [mailId]: true }

export function isMailId(text: string): text is MailId {
  return /^[0-9a-f]{16}$/.test(text)
}

/** @throws Fault bug for anything that may not become a file name. */
export function mailIdOf(text: string): MailId {
  if (!isMailId(text)) throw new Fault('bug', `not a mail id: ${JSON.stringify(text.slice(0, 40))}`)
  return text
}
