import type { Chance } from '../base/chance.ts'
import type { Settings } from '../list/tunables.ts'
import type { StoreIncoming } from '../spool/incoming.ts'
import type { Relay, Transport } from '../delivery/transport.ts'

/** What journeys need from outside; put together once in `app.ts`. */
export interface House {
  readonly chance: Chance
  readonly transport: Transport
  /** Where our own list texts lie: one directory for each language below it. */
  readonly textsDir: string
  /** The language of lists that have no texts of their own; `en` unless given. */
  readonly language?: string
  /** Where a list's mail goes out, by its control files and this machine. */
  relayOf(settings: Settings): Promise<Relay>
  /** Whether a relay takes this sender with these MAIL parameters (mlmmj's trial connection). */
  probe(relay: Relay, from: string, parameters: string): Promise<boolean>
  /** Fires when the program shall end: nothing new is begun then. */
  readonly stop?: AbortSignal | undefined
  /** How a mail that comes is stored; storeIncoming() unless given. */
  readonly store?: StoreIncoming
  /** Minutes that local time is ahead of UTC at a moment (milliseconds since 1970). */
  zoneMinutes(at: number): number
}

/** The same house, sending through another host this time (mlmmj-send -r): no password goes there. */
export function throughRelay(house: House, host: string): House {
  return {
    ...house,
    relayOf: async (settings) => {
      const { port, helo, connections } = await house.relayOf(settings)
      return { host, port, helo, connections }
    },
  }
}
