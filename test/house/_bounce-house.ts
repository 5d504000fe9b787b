import type { TestContext } from 'node:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Outcome, Transport } from '../../src/delivery/transport.ts'
import {
  clearNoLongerBouncing,
  probeBouncers,
  unsubscribeBouncers,
} from '../../src/flows/bouncers.ts'
import type { House } from '../../src/flows/house.ts'
import { openList } from '../../src/flows/open-list.ts'
import { takeBounce } from '../../src/flows/take-bounce.ts'
import { readHead } from '../../src/message/head.ts'
import { log } from '../../src/base/events.ts'
import { scratchList } from '../scratch-list.ts'

/** Tue Nov 14 22:13:20 2023 UTC. */
export const firstDay = 1_700_000_000
export const hours = 3_600
export const days = 86_400

/** Mail that left the house. */
export interface Sent {
  readonly from: string
  readonly to: string
  readonly text: string
}

/** A list with a clock, a relay and an administrator's view, all of them the test's. */
export interface BounceHouse {
  readonly dir: string
  readonly house: House
  /** Seconds since 1970; set it to let time pass. */
  now: number
  /** What the relay answers to everything. */
  answer: Pick<Outcome, 'result' | 'stage' | 'reply'>
  readonly sent: Sent[]
  readonly events: string[]
  /** The three steps of maintd about bounces; what they complain of. */
  maintain(): Promise<readonly string[]>
  /** A mail to list+bounces-EXTENSION; from nobody unless `sender` is given. */
  take(extension: string, mail: string, sender?: string): Promise<void>
  read(path: string): string | undefined
  names(shelf?: string): string[]
}

export function bounceHouse(
  t: TestContext,
  files: Readonly<Record<string, string>> = {},
  control: Readonly<Record<string, string>> = {},
): BounceHouse {
  const dir = scratchList(t, control)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), content, 'latin1')
  }
  const events: string[] = []
  const hear = (line: unknown) => events.push(String(line))
  log.subscribe(hear)
  t.after(() => log.unsubscribe(hear))
  let ids = 0
  const sent: Sent[] = []
  const transport: Transport = {
    deliver: async (_, message, source) => {
      const offers = { xverp: false, rcptMax: Infinity }
      for (;;) {
        const next = await source.next(offers)
        if (next === undefined) break
        const { from, to } = next
        source.settled(
          next,
          to.map((address) => ({ to: address, ...state.answer })),
        )
        const text = Buffer.concat(message.pieces).toString('latin1')
        if (state.answer.result === 'sent') sent.push(...to.map((one) => ({ from, to: one, text })))
      }
      return { emptied: true, trouble: undefined }
    },
  }
  const house: House = {
    chance: {
      now: () => state.now * 1_000,
      ticks: () => performance.now(),
      id: () => (++ids).toString(16).padStart(16, '0'),
    },
    transport,
    textsDir: resolve('texts'),
    relayOf: () => Promise.resolve({ host: '', port: 25, helo: 'here', connections: 1 }),
    probe: () => Promise.resolve(true),
    zoneMinutes: () => 0,
  }
  const state: BounceHouse = {
    dir,
    house,
    now: firstDay,
    answer: { result: 'sent', stage: 'body', reply: '250 taken' },
    sent,
    events,
    maintain: async () => {
      const list = await openList(dir)
      return [
        ...(await clearNoLongerBouncing(house, list)),
        ...(await unsubscribeBouncers(house, list)),
        ...(await probeBouncers(house, list)),
      ]
    },
    take: async (extension, mail, sender) => {
      const bytes = Buffer.from(mail, 'latin1')
      const came = { head: readHead(bytes), envelopeFrom: sender, read: async () => bytes }
      await takeBounce(house, await openList(dir), extension, came)
    },
    read: (path) => {
      const place = join(dir, path)
      return existsSync(place) ? readFileSync(place, 'latin1') : undefined
    },
    names: (shelf = 'bounce') =>
      readdirSync(join(dir, shelf))
        .filter((name) => name !== 'discarded')
        .sort(),
  }
  return state
}

/** A mail of a server that gives no details. */
export const plainBounce = 'From: MAILER-DAEMON@mx.example.net\nSubject: failure\n\nit failed\n'
