import { bytesFromText } from '../src/base/bytes.ts'
import type { Envelope } from './_options.ts'

/**
 * Where a mail for a list (`talk` or `example.org/talk`) is posted, with its envelope as the query. Every byte that is not plain is
 * percent-encoded, so that nothing in an address can end a line or a parameter (RFC 3986 2.1).
 */
export function messagesPath(list: string, envelope: Envelope): string {
  const query = Object.entries(envelope).map(([name, bytes]) => `${name}=${percent(bytes)}`)
  const name = list
    .split('/')
    .map((part) => percent(bytesFromText(part)))
    .join('/')
  const path = `/lists/${name}/messages`
  return query.length === 0 ? path : `${path}?${query.join('&')}`
}

/** What messagesPath() can have made. */
export function isMessagesPath(text: string): boolean {
  return /^\/lists(\/[\w.~%-]+){1,2}\/messages(\?[\w.~%=&-]*)?$/.test(text)
}

function percent(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9._~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
