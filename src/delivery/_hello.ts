import { type Socket, connect } from 'node:net'
import type { Deadlines } from './_deadlines.ts'
import { type Offers, offersIn } from './_offers.ts'
import { type Reply, isLast, isNever, isYes } from './_reply.ts'
import { Talk } from './_talk.ts'
import type { Outcome, Relay } from './transport.ts'

/** Makes a connecting socket; TLS from the first byte is a matter of giving another one. */
export type Connect = (relay: Pick<Relay, 'host' | 'port'>) => Socket

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

/** Tries every address that a name has; IPv6 literals may wear brackets. */
export const plainConnect: Connect = ({ host, port }) =>
  connect({
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 10_000,
  })

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
  const hello = await handshake(talk, relay.helo, verb, deadlines)
  enough.removeEventListener('abort', stop)
  if (!hello.ready) talk.lose('refused')
  return hello
}

async function handshake(
  talk: Talk,
  helo: string,
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
  const first = await talk.ask(`${verb} ${helo}\r\n`, deadlines.hello)
  if (isYes(first))
    return { ready: true, talk, offers: offersIn(verb === 'EHLO' ? first.lines : []) }
  const again =
    verb === 'EHLO' && isNever(first) ? await talk.ask(`HELO ${helo}\r\n`, deadlines.hello) : first
  if (isYes(again)) return { ready: true, talk, offers: offersIn([]) }
  await talk.quit(deadlines.quit)
  return { ready: false, stage: 'hello', reply: again, tryHelo: verb === 'EHLO' && !isLast(first) }
}
