import { realChance } from '../base/chance.ts'
import { events } from '../base/events.ts'
import { asFault } from '../base/fault.ts'
import type { Arrival } from '../message/arrival.ts'
import { ListJournal } from './_list-journal.ts'
import { storeIncoming, type StoreIncoming } from './incoming.ts'
import { mailIdOf } from './mail-id.ts'

/** The intake of a program that takes many mails. */
export interface IntakeJournal {
  /** As storeIncoming(), but the mail may come into incoming/ only in a moment. */
  readonly store: StoreIncoming
  /** Whether `placed` will be called for this list soon. */
  willPlace(listDir: string): boolean
  /** Places everything. Mails that come after that are stored one by one. */
  close(): Promise<void>
}

/** So many mails for one list within so many milliseconds are a flood. */
const many = 8
const withinMs = 100
/** A larger mail has a file of its own from the beginning; the sync of it is what it costs (bytes). */
const largest = 131_072
/** Bursts follow one another, and a journal that is there already saves the first of each. */
const idleMs = 60_000
const lookMs = 2_500
/** Two mails are so many microseconds apart, since Node sets times of files with less precision. */
const apart = 10
/** After it could not be had. */
const againMs = 1_000
/** Lists whose pace is known. */
const mostKnown = 1_000
const unknownArrival: Arrival = { sender: undefined, extension: undefined }

interface Pace {
  /** When the last mails came, the oldest first (ticks). */
  readonly last: number[]
  journal: ListJournal | 'opening' | 'closing' | undefined
  /** No journal is opened before (ticks). */
  notBefore: number
}

/**
 * Stores mails one by one as long as few come, and through a journal of the list while many do.
 *
 * @param placed called when mails of a list have come into incoming/ from its journal
 */
export function openIntakeJournal(placed: (listDir: string) => void): IntakeJournal {
  const paces = new Map<string, Pace>()
  const running = new Set<Promise<void>>()
  let closed = false
  /** Microseconds since 1970, of the last mail that went into a journal. */
  let taken = 0
  const timer = setInterval(closeIdle, lookMs).unref()

  function paceOf(listDir: string): Pace {
    const known = paces.get(listDir)
    if (known !== undefined) return known
    if (paces.size >= mostKnown)
      for (const [other, { journal }] of paces) if (journal === undefined) paces.delete(other)
    const pace: Pace = { last: [], journal: undefined, notBefore: 0 }
    paces.set(listDir, pace)
    return pace
  }

  /** The journal that this mail goes into, if one is open. */
  function journalFor(listDir: string): ListJournal | undefined {
    const pace = paceOf(listDir)
    const now = realChance.ticks()
    pace.last.push(now)
    if (pace.last.length > many) pace.last.shift()
    const isFlood = pace.last.length === many && now - (pace.last[0] ?? 0) < withinMs
    if (pace.journal === undefined && isFlood && now >= pace.notBefore && !closed)
      follow(open(listDir, pace))
    return pace.journal instanceof ListJournal ? pace.journal : undefined
  }

  async function open(listDir: string, pace: Pace): Promise<void> {
    pace.journal = 'opening'
    let journal: ListJournal | undefined
    try {
      journal = await ListJournal.open(listDir, placed)
    } catch (thrown) {
      events.journalStuck(listDir, asFault(thrown).message)
    }
    pace.journal = journal
    if (journal === undefined) pace.notBefore = realChance.ticks() + againMs
    else if (closed) end(pace, journal)
  }

  function end(pace: Pace, journal: ListJournal): void {
    if (journal.isOver) pace.notBefore = realChance.ticks() + againMs
    pace.journal = 'closing'
    follow(journal.close().finally(() => (pace.journal = undefined)))
  }

  /** Whoever closes us waits for it. */
  function follow(deed: Promise<void>): void {
    const done = deed.finally(() => running.delete(done))
    running.add(done)
  }

  function closeIdle(): void {
    for (const pace of paces.values()) {
      const { journal } = pace
      if (!(journal instanceof ListJournal)) continue
      if (journal.isOver || (!journal.holds && journal.idleMs > idleMs)) end(pace, journal)
    }
  }

  return {
    async store(listDir, id, mail, arrival = unknownArrival) {
      const journal = journalFor(listDir)
      if (journal === undefined) return await storeIncoming(listDir, id, mail, arrival)
      const { chunks, bytes, rest } = await beginningOf(mail)
      try {
        taken = Math.max(realChance.now() * 1_000, taken + apart)
        const entry = { id: mailIdOf(id), arrival, chunks, bytes, taken }
        if (rest === undefined && (await journal.add(entry))) return { id: entry.id, bytes }
        await journal.flush()
        return await storeIncoming(listDir, id, joined(chunks, rest), arrival)
      } finally {
        // Or nobody could read the end of a mail that was refused.
        await rest?.return?.()
      }
    },
    willPlace(listDir) {
      const journal = paces.get(listDir)?.journal
      return journal instanceof ListJournal && journal.holds
    },
    async close() {
      closed = true
      clearInterval(timer)
      for (const pace of paces.values())
        if (pace.journal instanceof ListJournal) end(pace, pace.journal)
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** A mail as long as it is small enough: all of it when there is no `rest`. */
async function beginningOf(mail: AsyncIterable<Uint8Array>) {
  const chunks: Uint8Array[] = []
  const rest = mail[Symbol.asyncIterator]()
  let bytes = 0
  while (bytes <= largest) {
    const next = await rest.next()
    if (next.done) return { chunks, bytes, rest: undefined }
    chunks.push(next.value)
    bytes += next.value.length
  }
  return { chunks, bytes, rest }
}

async function* joined(
  chunks: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  yield* chunks
  if (rest !== undefined) yield* { [Symbol.asyncIterator]: () => rest }
}
