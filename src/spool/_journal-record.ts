import { crc32 } from 'node:zlib'
import type { Arrival } from '../message/arrival.ts'
import { isMailId, type MailId } from './mail-id.ts'

/** A mail that is to be kept, its bytes in pieces as they came. */
export interface NewEntry {
  readonly id: MailId
  readonly arrival: Arrival
  readonly chunks: readonly Uint8Array[]
  /** The sum of the pieces. */
  readonly bytes: number
  /** When it was taken (microseconds since 1970); another one for each, so that they keep their order. */
  readonly taken: number
}

/** A mail as it was read back. */
export interface JournalEntry {
  readonly id: MailId
  readonly arrival: Arrival
  readonly mail: Uint8Array
  readonly taken: number
}

/** `mail GENERATION ID TAKEN ENVELOPE-BYTES MAIL-BYTES CRC32`, in hexadecimal, with a line feed. */
const headForm =
  /^(mail ([0-9a-f]{16}) ([0-9a-f]{16}) ([0-9a-f]{16}) ([0-9a-f]{8}) ([0-9a-f]{8})) ([0-9a-f]{8})\n$/
export const headBytes = 83
/** Two addresses, and what JSON makes of them. */
const mostEnvelopeBytes = 65_536
/** A journal is for smaller ones; what somebody planted shall not make us take memory for it. */
const mostMailBytes = 1_048_576

/** What stands at the beginning of an entry. */
export interface EntryHead {
  readonly id: MailId
  readonly taken: number
  readonly envelopeBytes: number
  readonly mailBytes: number
  readonly covered: string
  readonly sum: number
}

/**
 * An entry of a journal in pieces. The generation tells it from what an earlier use of the file left
 * behind it; the sum tells whether all of it came to disk.
 */
export function encodeEntry(generation: string, entry: NewEntry): readonly Uint8Array[] {
  const { id, arrival, chunks, bytes, taken } = entry
  const envelope = Buffer.from(JSON.stringify(arrival), 'latin1')
  const covered = `mail ${generation} ${id} ${hex(taken, 16)} ${hex(envelope.length)} ${hex(bytes)}`
  let sum = crc32(envelope, crc32(covered))
  for (const chunk of chunks) sum = crc32(chunk, sum)
  return [Buffer.from(`${covered} ${hex(sum)}\n`, 'latin1'), envelope, ...chunks]
}

/** False for what could not be read back. */
export function isEncodable(entry: NewEntry): boolean {
  return entry.bytes <= mostMailBytes && roomOf(entry) - entry.bytes <= mostEnvelopeBytes
}

/** How much of a journal an entry takes (bytes); a little more than it may be. */
export function roomOf({ bytes, arrival: { sender = '', extension = '' } }: NewEntry): number {
  // JSON makes six characters of a control character.
  return headBytes + bytes + 64 + 6 * (sender.length + extension.length)
}

/** Undefined for anything but the beginning of an entry of this generation. */
export function decodeHead(bytes: Buffer, generation: string): EntryHead | undefined {
  const [, covered = '', of, id = '', taken = '', envelope = '', mail = '', sum = ''] =
    headForm.exec(bytes.toString('latin1', 0, headBytes)) ?? []
  if (of !== generation || !isMailId(id)) return undefined
  const [envelopeBytes, mailBytes] = [parseInt(envelope, 16), parseInt(mail, 16)]
  if (envelopeBytes > mostEnvelopeBytes || mailBytes > mostMailBytes) return undefined
  return {
    ...{ id, taken: parseInt(taken, 16), envelopeBytes, mailBytes, covered },
    sum: parseInt(sum, 16),
  }
}

/** @param body the envelope and the mail; undefined when it is not what was written */
export function decodeBody(head: EntryHead, body: Buffer): JournalEntry | undefined {
  if (crc32(body, crc32(head.covered)) !== head.sum) return undefined
  // Of the same sum, so as we wrote it.
  const arrival = JSON.parse(body.toString('latin1', 0, head.envelopeBytes)) as Arrival
  return { id: head.id, taken: head.taken, arrival, mail: body.subarray(head.envelopeBytes) }
}

function hex(value: number, digits = 8): string {
  return value.toString(16).padStart(digits, '0')
}
