/** The address of a MAIL or RCPT command, and its parameters. */
export interface Path {
  /** A byte string; empty for the null reverse-path. */
  readonly address: string
  /** Names in capitals; `true` for one without a value; false when there are none. */
  readonly args: Record<string, string | true> | false
  /** A parameter that is there twice. */
  readonly duplicate?: string
}

/** RFC 5321 4.5.3.1.3 allows 256 with the brackets; those who forward need more. */
const longest = 512

const outside = '[^"\\\\<>\\u0000-\\u0020\\u007f]'
const quoted = '"(?:[^"\\\\\\u0000-\\u001f\\u007f]|\\\\[^\\u0000-\\u001f\\u007f])*"'
const command = new RegExp(
  `^([A-Z]+ [A-Z]+):[ \\t]*<((?:${outside}|${quoted})*)>((?:[ \\t]+[\\u0021-\\u007e\\u0080-\\u00ff]+)*)[ \\t]*$`,
  'i',
)
const sourceRoute = /^@[^:"]*:/

/**
 * Reads `MAIL FROM:<ann@example.org> SIZE=100` (RFC 5321 4.1.2). A quoted local part may hold blanks
 * and `@`; a source route is dropped, as appendix C asks; UTF-8 is passed as it is (RFC 6531 3.3).
 *
 * @param name `mail from` or `rcpt to`, the one that is expected.
 * @returns undefined when it is no such command.
 */
export function parsePath(name: string, line: string): Path | undefined {
  const [, verb = '', path = '', parameters = ''] = command.exec(line) ?? []
  if (verb.toUpperCase() !== name.toUpperCase()) return undefined
  const address = path.replace(sourceRoute, '')
  if (address.length > longest || !isMailbox(address)) return undefined
  const found = new Map<string, string | true>()
  let duplicate: string | undefined
  for (const word of parameters.split(/[ \t]+/).filter((text) => text !== '')) {
    const [, key = '', value] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (key === '') return undefined
    const keyword = key.toUpperCase()
    if (found.has(keyword)) duplicate ??= keyword
    found.set(keyword, value || true)
  }
  const args = found.size > 0 ? Object.fromEntries(found) : false
  return { address, args, ...(duplicate === undefined ? {} : { duplicate }) }
}

/** Nothing, something on both sides of the last `@`, or the one name that needs no domain (4.1.1.3). */
function isMailbox(address: string): boolean {
  const at = address.lastIndexOf('@')
  return /^(postmaster)?$/i.test(address) || (at > 0 && at < address.length - 1)
}
