import type { AccessAction } from './_access-rule.ts'

const done: Readonly<Record<AccessAction, string>> = {
  allow: 'allowed',
  send: 'sent',
  deny: 'denied',
  moderate: 'moderated',
  discard: 'discarded',
}

/** Bytes of a header or rule that are shown; a header may be a megabyte. */
const shown = 500

/** A rule, as the log and the warnings name it. They count from 0, as mlmmj does. */
export function ruleName(index: number, text: string): string {
  return `rule #${index} "${inert(text)}"`
}

/** What became of a mail by a rule; `rest` says more where there is more to say. */
export function appliedLine(
  poster: string,
  header: string | undefined,
  action: AccessAction,
  rule: string,
  rest = '',
): string {
  const which = header === undefined ? '' : ` with header "${inert(header)}"`
  return `access - A mail from "${inert(poster)}"${which} was ${done[action]} by ${rule}${inert(rest)}`
}

/** What became of a mail when no rule applied. */
export function defaultLine(poster: string): string {
  return `access - A mail from "${inert(poster)}" matched none of the rules and was denied by default`
}

/** Senders choose what headers hold: it must not end the line or talk to a terminal. */
export function inert(text: string): string {
  const cut = text.length > shown ? `${text.slice(0, shown)}...` : text
  return cut.replace(/[\u0000-\u001f\u007f]/g, ' ')
}
