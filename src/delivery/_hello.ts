import type { Socket } from 'node:net'
import type { Deadlines } from './_deadlines.ts'
import { type Offers, offersIn } from './_offers.ts'
import { type Reply, isLast, isNever, isYes } from './_reply.ts'
import { Talk } from './_talk.ts'
import { secureAndLogIn } from './_tls-auth.ts'
import type { Outcome, Relay } from './transport.ts'

/** Makes a connecting socket, with TLS from the first byte when the relay wants it so. */
export type Connect = (relay: Pick<Relay, 'host' | 'port' | 'security'>) => Socket

export type Greeting = 'EHLO' | 'HELO'

export type Hello =
  | { readonly ready: true; readonly talk: Talk; readonly offers: Offers }
  | {
      readonly ready: false
      readonly stage: Extract<Outcome['stage'], 'connect' | 'hello'>
      readonly reply: Reply
      /** Whether the next connection should say HELO at once. */
      readonly tryHelo: boolean
    }

/**
 * A connection that is ready for MAIL, or why there is none (spec mailflow 6.3). Who refuses EHLO is
 * asked again with HELO, on the same connection after a 5xx, else on the next one. `enough` ends it.
 */
export async function greet(
  relay: Relay,
  verb: Greeting,
  open: Connect,
  deadlines: Deadlines,
  enough: AbortSignal,
): Promise<Hello> {
  const talk = new Talk(open(relay))
  const stop = (): void => void talk.lose('stopped')
  enough.addEventListener('abort', stop)
  if (enough.aborted) stop()
  const hello = await handshake(talk, relay, verb, deadlines)
  enough.removeEventListener('abort', stop)
  if (!hello.ready) talk.lose('refused')
  return hello
}

async function handshake(
  talk: Talk,
  relay: Relay,
  verb: Greeting,
  deadlines: Deadlines,
): Promise<Hello> {
  talk.expect(1)
  await talk.connected(deadlines.connect)
  if (talk.end) return { ready: false, stage: 'connect', reply: talk.end, tryHelo: false }
  const welcome = await talk.reply(deadlines.greeting)
  if (!isYes(welcome)) {
    await talk.quit(deadlines.quit)
    return { ready: false, stage: 'connect', reply: welcome, tryHelo: false }
  }
  const first = await talk.ask(`${verb} ${relay.helo}\r\n`, deadlines.hello)
  if (isYes(first))
    return await admitted(talk, relay, offersIn(verb === 'EHLO' ? first.lines : []), deadlines)
  const again =
    verb === 'EHLO' && isNever(first)
      ? await talk.ask(`HELO ${relay.helo}\r\n`, deadlines.hello)
      : first
  if (isYes(again)) return await admitted(talk, relay, offersIn([]), deadlines)
  await talk.quit(deadlines.quit)
  return { ready: false, stage: 'hello', reply: again, tryHelo: verb === 'EHLO' && !isLast(first) }
}

/** A relay that greets us may still want TLS and a password, or we may want them of it. */
async function admitted(
  talk: Talk,
  relay: Relay,
  offers: Offers,
  deadlines: Deadlines,
): Promise<Hello> {
  const entry = await secureAndLogIn(talk, relay, offers, deadlines)
  if ('offers' in entry) return { ready: true, talk, offers: entry.offers }
  await talk.quit(deadlines.quit)
  // As when nobody answers: a second try would fail alike, and may lock an account.
  return { ready: false, stage: 'connect', reply: entry.refusal, tryHelo: false }
}
