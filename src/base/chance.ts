import { createHash, randomBytes } from 'node:crypto'

/** Time and chance, given to whoever needs them, so that tests can choose both (house 11). */
export interface Chance {
  /** The wall clock, in milliseconds since 1970. */
  now(): number
  /** Milliseconds that only ever grow, for deadlines; a change of the wall clock does not move it. */
  ticks(): number
  /** 16 digits [0-9a-f] from the system's random source (spec spool 1.2). */
  id(): string
}

export const realChance: Chance = {
  now: () => Date.now(),
  ticks: () => performance.now(),
  id: () => randomDigits(8),
}

/** Asked for in one go: asking takes far longer than the bytes do. */
let fresh = Buffer.alloc(0)

function randomDigits(bytes: number): string {
  if (fresh.length < bytes) fresh = randomBytes(1_024)
  const digits = fresh.toString('hex', 0, bytes)
  fresh = fresh.subarray(bytes)
  return digits
}

/** An id that is the same each time for the same seed: a run that is repeated makes the same mail. */
export function idFrom(seed: string): string {
  return createHash('sha256').update(seed, 'latin1').digest('hex').slice(0, 16)
}

/** The SHA-256 of a byte string, 64 digits [0-9a-f]: to know it again without keeping it. */
export function digestOf(bytes: string): string {
  return createHash('sha256').update(bytes, 'latin1').digest('hex')
}
