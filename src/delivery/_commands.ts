import { domainToASCII } from 'node:url'
import { textFromBytes } from '../base/bytes.ts'
import type { Offers } from './_offers.ts'
import type { Envelope, WireMessage } from './transport.ts'

/** What is sent for an envelope, or the local reply that stands for refusing it for good. */
export type Line = { readonly line: string } | { readonly refused: string }

const needsUtf8 = '5.6.7 the address needs SMTPUTF8 and the relay does not offer it'

/**
 * The MAIL command with whatever the relay offers and the mail needs: SIZE (RFC 1870), BODY=8BITMIME
 * (RFC 6152), SMTPUTF8 (RFC 6531), then the envelope's own parameters. A mail that is larger than the
 * relay takes is not offered to it. UTF-8
 * in headers alone does not ask for SMTPUTF8: relays would refuse the mail to those whose host lacks
 * it, and mlmmj delivers it.
 */
export function mailLine(
  { from, to, parameters = '', headerLine }: Envelope<unknown>,
  message: WireMessage,
  offers: Offers,
): Line {
  if (unfit(from) || unfit(headerLine ?? '', /[\0\r\n]/) || unfit(parameters, /[\0\r\n]/))
    return { refused: '5.5.4 the envelope holds what no command may hold' }
  const path = addressFor(from, offers)
  if (path === undefined) return { refused: needsUtf8 }
  const size = message.length + (headerLine === undefined ? 0 : headerLine.length + 2)
  if (size > offers.largest)
    return { refused: `5.3.4 the mail has ${size} bytes, the relay takes ${offers.largest}` }
  let line = `MAIL FROM:<${path}>`
  if (offers.size) line += ` SIZE=${size}`
  if (offers.eightBitMime && message.eightBit) line += ' BODY=8BITMIME'
  if (offers.smtpUtf8 && (!ascii(from) || !to.every(ascii))) line += ' SMTPUTF8'
  if (parameters !== '') line += ` ${parameters.trimStart()}`
  return { line: `${line}\r\n` }
}

export function rcptLine(to: string, offers: Offers): Line {
  const path = addressFor(to, offers)
  return path === undefined ? { refused: needsUtf8 } : { line: `RCPT TO:<${path}>\r\n` }
}

/** The address as this relay can read it (RFC 6531 3.2); undefined when it cannot. */
function addressFor(address: string, offers: Offers): string | undefined {
  if (offers.smtpUtf8 || ascii(address)) return address
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const domain = domainToASCII(textFromBytes(address.slice(at + 1)))
  return ascii(local) && domain !== '' ? `${local}@${domain}` : undefined
}

function ascii(bytes: string): boolean {
  return !/[\u0080-\uffff]/.test(bytes)
}

/** Callers check what they take in; a line end that slipped through would be a command of its own. */
function unfit(text: string, never = /[\u0000-\u0020\u007f<>]/): boolean {
  return never.test(text)
}
