import { constants } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { asciiLower } from '../base/bytes.ts'
import { bytesOn } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

/*
 * bounce/ holds three things for an address: its record, whose name is the address with `=` for the
 * last `@`; that name with `-probe`, the time of a probe that has not come back; and that name with
 * `.lastmsg`, the mail that came back last (spec spool 1.4). An address may itself end in one of
 * these words, so where a name does, the content decides what a file is.
 */
export const probeSuffix = '-probe'
export const mailSuffix = '.lastmsg'

/** What has a name; `other` is nothing that mlmmj or we put there. */
export type Standing = 'nothing' | 'record' | 'marker' | 'mail' | 'other'

export interface Beginning {
  readonly text: string
  /** When it was written, seconds since 1970. */
  readonly writtenAt: number
}

const recordLines = /^(?:[^:\n]*:\d+ # [^\n]*(?:\n|$))+$/

/** The name of an address's record. */
export function recordName(address: string): string {
  const at = address.lastIndexOf('@')
  return asciiLower(`${address.slice(0, at)}=${address.slice(at + 1)}`)
}

/** The address that a record is about: the last `=` was the `@`. */
export function recordedAddress(name: string): string {
  const sign = name.lastIndexOf('=')
  return `${name.slice(0, sign)}@${name.slice(sign + 1)}`
}

/** Whether this and the names made from it can be file names. */
export function canBeRecordName(name: string): boolean {
  return !/[/\0]|^\./.test(name) && name.length <= 240
}

export function hasSuffix(name: string): boolean {
  return name.endsWith(probeSuffix) || name.endsWith(mailSuffix)
}

export async function standing(listDir: string, name: string): Promise<Standing> {
  const found = await beginningOf(listDir, name, 4_096)
  if (typeof found === 'string') return found
  if (name.endsWith(probeSuffix)) return /^\s*\d{0,15}\s*$/.test(found.text) ? 'marker' : 'record'
  if (!name.endsWith(mailSuffix)) return 'record'
  const whole = found.text.length < 4_096 ? found.text : found.text.replace(/[^\n]*$/, '')
  return recordLines.test(whole) ? 'record' : 'mail'
}

/** The first bytes of a file in bounce/, as a byte string. */
export async function beginningOf(
  listDir: string,
  name: string,
  mostBytes: number,
): Promise<Beginning | 'nothing' | 'other'> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const opening = open(bytesOn(listDir, 'bounces', name), flags)
  try {
    const missing = unless(['ENOENT'], opening, 'nothing' as const)
    const file = await unless(['ELOOP', 'ENXIO'], missing, 'other' as const)
    if (typeof file === 'string') return file
    try {
      const facts = await file.stat()
      if (!facts.isFile()) return 'other'
      const { bytesRead, buffer } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0)
      const writtenAt = Math.floor(facts.mtimeMs / 1_000)
      return { text: buffer.toString('latin1', 0, bytesRead), writtenAt }
    } finally {
      await file.close()
    }
  } catch (thrown) {
    throw diskFault(thrown, 'bounce')
  }
}

export async function removeBounceFile(listDir: string, name: string): Promise<void> {
  await rm(bytesOn(listDir, 'bounces', name), { force: true }).catch((thrown: unknown) => {
    throw diskFault(thrown, 'bounce')
  })
}
