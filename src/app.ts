import { bareBytes } from './base/bytes.ts'
import { fileURLToPath } from 'node:url'
import { realChance } from './base/chance.ts'
import { Fault } from './base/fault.ts'
import type { Config, SecretSource } from './config.ts'
import type { Relay, Transport } from './delivery/transport.ts'
import type { House } from './flows/house.ts'
import { tunables, type Settings } from './list/tunables.ts'
import { defaultGateway, readHostFile, readSecret } from './spool/host-files.ts'

/** How long the name service may take to tell our own full name (milliseconds). */
const nameServiceMs = 2_000

/** Plugs the program together: the one place where things are constructed (house, section 5). */
export function openHouse(config: Config, stop?: { readonly signal: AbortSignal }): House {
  return {
    chance: realChance,
    transport: transportOnDemand(),
    get textsDir() {
      return config.textsDir ?? fileURLToPath(new URL('../texts', import.meta.url))
    },
    language: config.language,
    probe: async (relay, from, parameters) => {
      const { probe } = await import('./delivery/probe.ts')
      return (await probe(relay, from, parameters)).accepted
    },
    // Not before somebody looks: Node makes the class of it only then.
    get stop() {
      return stop?.signal
    },
    relayOf: (settings) => relayOf(settings, config),
    zoneMinutes: (at) => -new Date(at).getTimezoneOffset(),
  }
}

/** Sockets and TLS are loaded by who sends: most mails are only stored by the program that takes them. */
function transportOnDemand(): Transport {
  return {
    async deliver(...delivery) {
      const { smtpTransport } = await import('./delivery/smtp.ts')
      return await smtpTransport().deliver(...delivery)
    },
  }
}

/**
 * Where a list's mail goes out, found anew for each delivery (nothing is ever written down in a
 * list). control/relayhost leads elsewhere, so neither our password nor our TLS settings follow it.
 *
 * @throws Fault badSettings when a secret cannot be read or there is no gateway.
 */
async function relayOf(
  { relayhost, smtpport, smtphelo }: Settings,
  { relay, connections }: Config,
): Promise<Relay> {
  const own = bareBytes(relayhost ?? '')
  const helo = bareBytes(smtphelo ?? '') || (await ownName())
  if (own !== '') return { host: own, port: smtpport, helo, connections }
  // A list that says nothing has 25 here.
  const port = smtpport === tunables.smtpport.fallback ? relay.port : smtpport
  const security = await securityOf(relay)
  return { host: await relayHost(relay), port, helo, connections, ...(security && { security }) }
}

/**
 * The host that mail goes out through unless a list says otherwise.
 *
 * @throws Fault badSettings when it is the default gateway and there is none.
 */
export async function relayHost({ host }: Config['relay']): Promise<string> {
  if (host !== 'gateway') return host
  const found = await defaultGateway()
  if (found !== undefined) return found
  throw new Fault('badSettings', 'this machine has no default gateway: set POSTFIX_HOST to a host')
}

async function securityOf(relay: Config['relay']): Promise<Relay['security']> {
  const { tls, tlsName, caFile } = relay
  const user = await valueOf(relay.user)
  if (tls === 'off' && user === undefined) return undefined
  const password = await valueOf(relay.password)
  if (user !== undefined && password === undefined)
    throw new Fault('badSettings', 'POSTFIX_USER is set and POSTFIX_PASSWORD_FILE is not')
  return {
    tls,
    ...(tlsName === undefined ? {} : { name: tlsName }),
    ...(caFile === undefined ? {} : { ca: await readHostFile(caFile, 'certificate') }),
    ...(user === undefined || password === undefined ? {} : { login: { user, password } }),
  }
}

/** The value of a secret; undefined when it was not set. @throws Fault badSettings */
export async function valueOf({ value, file }: SecretSource): Promise<string | undefined> {
  return file === undefined ? value : await readSecret(file)
}

let foundName: Promise<string> | undefined

/** This host's full name, as far as the name service knows one (RFC 5321 4.1.1.1). */
function ownName(): Promise<string> {
  foundName ??= findOwnName()
  return foundName
}

async function findOwnName(): Promise<string> {
  const { hostname } = await import('node:os')
  const short = hostname()
  if (short.includes('.')) return short
  const { lookup, lookupService } = await import('node:dns/promises')
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
