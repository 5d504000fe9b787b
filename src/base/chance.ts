import { closeSync, openSync, readSync } from 'node:fs'
import { Fault } from './fault.ts'

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
let fresh: Buffer = Buffer.alloc(0)

function randomDigits(bytes: number): string {
  if (fresh.length < bytes) fresh = randomBytes(1_024)
  const digits = fresh.toString('hex', 0, bytes)
  fresh = fresh.subarray(bytes)
  return digits
}

/** node:crypto would ask the same source, but takes 3 ms to load, a tenth of what a mail takes. */
function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count)
  const source = openSync('/dev/urandom', 'r')
  try {
    if (readSync(source, bytes) === count) return bytes
  } finally {
    closeSync(source)
  }
  throw new Fault('bug', '/dev/urandom gives too little')
}
