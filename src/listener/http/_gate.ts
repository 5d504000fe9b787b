import { createHash, timingSafeEqual } from 'node:crypto'
import type { Chance } from '../../base/chance.ts'

/** Failures of one network are forgotten when it has been quiet for so long. */
const forgetMs = 600_000
/** Networks that are remembered; beyond that the oldest are forgotten. */
const mostNetworks = 10_000
const firstWaitMs = 50
const mostWaitMs = 5_000
/** From here on a network is told 429. */
const patience = 8
/** Failures of all networks within a minute, after which each waits as long as can be. */
const mostInMinute = 200
/** Answers that may be held back at a time: each of them keeps a connection. */
const mostHeld = 100
const mostHeldOfOne = 4

/** How a caller without the right token is to be told so. */
export interface Rebuff {
  /** How long the answer is held back. */
  readonly waitMs: number
  /** Whether this was far too often. */
  readonly tooOften: boolean
  /** How often its network failed lately. */
  readonly failures: number
  /** Whether the log shall have it: not each time, or guessers could fill the disk. */
  readonly notable: boolean
  /** To be called when the answer is given, or its caller has gone. */
  done(): void
}

/** Lets in who has the token, and slows down whoever guesses. */
export interface Gate {
  /**
   * Whether an Authorization header shows the token (RFC 6750 2.1). Never slower or stricter after
   * failures, so nobody can lock the real client out, not even from its own address: what keeps
   * guessers out is the size of the token.
   */
  opens(authorization: string | undefined): boolean
  /** Counts a failure. */
  rebuff(address: string): Rebuff
}

interface Record {
  failures: number
  last: number
  held: number
}

export function gateFor(token: string, { ticks }: Pick<Chance, 'ticks'>): Gate {
  const wanted = hash(token)
  const records = new Map<string, Record>()
  let held = 0
  let minute = { began: ticks(), failures: 0 }

  return {
    opens(authorization) {
      const shown = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1]
      // Hashes have one length, so the time tells nothing about the token's.
      return timingSafeEqual(hash(shown ?? ''), wanted) && shown !== undefined
    },
    rebuff(address) {
      const now = ticks()
      if (now - minute.began > 60_000) minute = { began: now, failures: 0 }
      minute.failures++
      const record = recordOf(networkOf(address), now)
      record.failures++
      record.last = now
      const flooded = minute.failures > mostInMinute
      const wish = flooded ? mostWaitMs : firstWaitMs * 2 ** Math.min(record.failures - 1, 20)
      const room = held < mostHeld && record.held < mostHeldOfOne
      if (room) {
        held++
        record.held++
      }
      let open = room
      return {
        waitMs: room ? Math.min(wish, mostWaitMs) : 0,
        tooOften: flooded || !room || record.failures > patience,
        failures: record.failures,
        notable: isPowerOfTwo(flooded ? minute.failures : record.failures),
        done() {
          if (!open) return
          open = false
          held--
          record.held--
        },
      }
    },
  }

  function recordOf(network: string, now: number): Record {
    const kept = records.get(network)
    // Put at the end again: a Map remembers the order, so the first is the oldest.
    records.delete(network)
    const record =
      kept !== undefined && (now - kept.last < forgetMs || kept.held > 0)
        ? kept
        : { failures: 0, last: now, held: 0 }
    records.set(network, record)
    for (const oldest of records.keys()) {
      if (records.size <= mostNetworks) break
      records.delete(oldest)
    }
    return record
  }
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count))
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token, 'latin1').digest()
}

/** An IPv4 address, or the half of an IPv6 address that its owner cannot choose freely (/64). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? [] : tail.split(':')
  while (tail !== undefined && groups.length + behind.length < 8) groups.push('0')
  return `${[...groups, ...behind].slice(0, 4).join(':')}::/64`
}
