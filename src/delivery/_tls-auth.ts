import { bytesFromText } from '../base/bytes.ts'
import { type Socket, connect, isIP } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Deadlines } from './_deadlines.ts'
import { type Offers, offersIn } from './_offers.ts'
import { type Reply, isYes } from './_reply.ts'
import type { Talk } from './_talk.ts'
import type { Relay } from './transport.ts'

type Login = NonNullable<NonNullable<Relay['security']>['login']>

/** What the relay offers to whom it knows, or why it cannot be used. */
export type Entry = { readonly offers: Offers } | { readonly refusal: Reply }

/** Tries every address that a name has; IPv6 literals may wear brackets. */
export function openSocket(relay: Pick<Relay, 'host' | 'port' | 'security'>): Socket {
  const target = {
    host: bareHost(relay),
    port: relay.port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 10_000,
  }
  return relay.security?.tls === 'implicit'
    ? connectTls({ ...tlsOptions(relay), ...target })
    : connect(target)
}

/**
 * After EHLO: STARTTLS (RFC 3207) and AUTH (RFC 4954) as the relay's `security` wants them. What the
 * relay offered before TLS is forgotten. A password is said through TLS or to this machine only.
 */
export async function secureAndLogIn(
  talk: Talk,
  relay: Relay,
  offers: Offers,
  deadlines: Deadlines,
): Promise<Entry> {
  const { tls = 'off', login } = relay.security ?? {}
  const wanted = tls === 'starttls' || (tls === 'may' && offers.startTls)
  const entry = wanted ? await startTls(talk, relay, offers, deadlines) : { offers }
  if ('refusal' in entry || login === undefined) return entry
  if (tls !== 'implicit' && !wanted && !isLoopback(bareHost(relay)))
    return refused('the password is not said without TLS (POSTFIX_TLS)')
  const refusal = await logIn(talk, login, entry.offers, deadlines)
  return refusal === undefined ? entry : { refusal }
}

async function startTls(
  talk: Talk,
  relay: Relay,
  offers: Offers,
  deadlines: Deadlines,
): Promise<Entry> {
  if (!offers.startTls) return refused('the relay does not offer STARTTLS, which is demanded here')
  const ready = await talk.ask('STARTTLS\r\n', deadlines.hello)
  if (!isYes(ready)) return { refusal: ready }
  const options = tlsOptions(relay)
  await talk.secure((socket) => connectTls({ ...options, socket }), deadlines.hello)
  if (talk.end) return { refusal: talk.end }
  const again = await talk.ask(`EHLO ${relay.helo}\r\n`, deadlines.hello)
  return isYes(again) ? { offers: offersIn(again.lines) } : { refusal: again }
}

/** PLAIN (RFC 4616), or LOGIN, which old relays know alone. Answers with the refusal, if it is one. */
async function logIn(
  talk: Talk,
  { user, password }: Login,
  { auth }: Offers,
  { hello }: Deadlines,
): Promise<Reply | undefined> {
  const both = base64(`\0${user}\0${password}`)
  const secrets = [both, base64(password), password, bytesFromText(password)]
  const lines = auth.includes('PLAIN')
    ? [`AUTH PLAIN ${both}`]
    : auth.includes('LOGIN')
      ? ['AUTH LOGIN', base64(user), base64(password)]
      : []
  if (lines.length === 0)
    return refused('the relay offers neither AUTH PLAIN nor AUTH LOGIN').refusal
  let reply: Reply = { code: 334, lines: [] }
  for (const line of lines) {
    if (reply.code !== 334) break
    reply = await talk.ask(`${line}\r\n`, hello)
  }
  return isYes(reply) ? undefined : withoutWords(reply, secrets)
}

/** The refusal is logged and told, and some servers repeat what they did not like. */
function withoutWords(reply: Reply, words: readonly string[]): Reply {
  const cleaned = (line: string) =>
    words.reduce((text, word) => (word === '' ? text : text.replaceAll(word, '…')), line)
  return { ...reply, lines: reply.lines.map(cleaned) }
}

function tlsOptions(relay: Pick<Relay, 'host' | 'security'>): ConnectionOptions {
  const host = bareHost(relay)
  const { tls, ca, name = host } = relay.security ?? {}
  return {
    host: name,
    // An address is no server name (RFC 6066 3); the certificate is still compared with it.
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: tls !== 'may',
    ...(ca === undefined ? {} : { ca }),
  }
}

function bareHost({ host }: Pick<Relay, 'host'>): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\.[0-9.]+|::1)$/i.test(host)
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

function refused(why: string): { readonly refusal: Reply } {
  return { refusal: { code: 0, lines: [why] } }
}
