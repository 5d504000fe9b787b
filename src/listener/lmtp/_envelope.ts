import { parsePath } from './_path.ts'
import { reply, type Reply } from './_reply.ts'

const known = new Set(['SIZE', 'BODY', 'SMTPUTF8'])

/**
 * The sender that a MAIL command names (a byte string, empty for the null reverse-path), or why it is
 * refused: SIZE (RFC 1870), BODY (RFC 6152) and SMTPUTF8 (RFC 6531) are known.
 *
 * @param mostBytes of a mail that we take
 */
export function readMail(line: string, mostBytes: number): { sender: string } | Reply {
  const path = parsePath('mail from', line)
  if (path === undefined) return reply(501, '5.1.7 it must be MAIL FROM:<address>')
  const args = path.args || {}
  if (path.duplicate !== undefined)
    return reply(501, `5.5.4 the parameter ${path.duplicate} comes twice`)
  const odd = Object.keys(args).find((name) => !known.has(name))
  if (odd !== undefined) return unknown(odd)
  const { SIZE = '0', BODY = '7BIT', SMTPUTF8 = true } = args
  if (!/^\d{1,20}$/.test(String(SIZE))) return reply(501, '5.5.4 SIZE must be a number of bytes')
  if (!/^(7BIT|8BITMIME)$/i.test(String(BODY)))
    return reply(501, '5.5.4 BODY must be 7BIT or 8BITMIME')
  if (SMTPUTF8 !== true) return reply(501, '5.5.4 SMTPUTF8 has no value')
  if (Number(SIZE) > mostBytes)
    return reply(552, `5.3.4 a mail may have ${mostBytes} bytes at the most`)
  return { sender: path.address }
}

/** The address that a RCPT command names (a byte string), or why it is refused. */
export function readRcpt(line: string): { address: string } | Reply {
  const path = parsePath('rcpt to', line)
  if (path === undefined || path.address === '')
    return reply(501, '5.1.3 it must be RCPT TO:<address>')
  const [odd] = Object.keys(path.args || {})
  return odd === undefined ? { address: path.address } : unknown(odd)
}

function unknown(parameter: string): Reply {
  return reply(555, `5.5.4 the parameter ${parameter} is not known`)
}
