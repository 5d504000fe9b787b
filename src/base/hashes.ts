import { createHash } from 'node:crypto'

/** An id that is the same each time for the same seed: a run that is repeated makes the same mail. */
export function idFrom(seed: string): string {
  return createHash('sha256').update(seed, 'latin1').digest('hex').slice(0, 16)
}

/** The SHA-256 of a byte string, 64 digits [0-9a-f]: to know it again without keeping it. */
export function digestOf(bytes: string): string {
  return createHash('sha256').update(bytes, 'latin1').digest('hex')
}
