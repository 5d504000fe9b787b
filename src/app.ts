import { bareBytes } from './base/bytes.ts'
import { lookup, lookupService } from 'node:dns/promises'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { realChance } from './base/chance.ts'
import type { Config } from './config.ts'
import { probe } from './delivery/probe.ts'
import { smtpTransport } from './delivery/smtp.ts'
import type { Relay } from './delivery/transport.ts'
import type { House } from './flows/house.ts'
import type { Settings } from './list/tunables.ts'

/** How long the name service may take to tell our own full name (milliseconds). */
const nameServiceMs = 2_000

/** Plugs the program together: the one place where things are constructed (house, section 5). */
export function openHouse(config: Config, stop?: AbortSignal): House {
  return {
    chance: realChance,
    transport: smtpTransport(),
    textsDir: config.textsDir ?? fileURLToPath(new URL('../texts', import.meta.url)),
    language: config.language,
    probe: async (relay, from, parameters) => (await probe(relay, from, parameters)).accepted,
    ...(stop === undefined ? {} : { stop }),
    relayOf: (settings) => relayOf(settings, config),
    zoneMinutes: (at) => -new Date(at).getTimezoneOffset(),
  }
}

async function relayOf(
  { relayhost, smtpport, smtphelo }: Settings,
  { connections }: Config,
): Promise<Relay> {
  return {
    host: bareBytes(relayhost ?? '') || '127.0.0.1',
    port: smtpport,
    helo: bareBytes(smtphelo ?? '') || (await ownName()),
    connections,
  }
}

let foundName: Promise<string> | undefined

/** This host's full name, as far as the name service knows one (RFC 5321 4.1.1.1). */
function ownName(): Promise<string> {
  foundName ??= findOwnName()
  return foundName
}

async function findOwnName(): Promise<string> {
  const short = hostname()
  if (short.includes('.')) return short
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve(short), nameServiceMs).unref()
  })
  const asked = lookup(short)
    .then(({ address }) => lookupService(address, 25))
    .then(({ hostname: full }) => (full.includes('.') ? full : short))
    // A host nobody knows still has its short name.
    .catch(() => short)
  return await Promise.race([asked, late])
}
