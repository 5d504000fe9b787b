import { mailLine } from './_commands.ts'
import { type Deadlines, patience } from './_deadlines.ts'
import { greet } from './_hello.ts'
import type { Offers } from './_offers.ts'
import { type Reply, isYes, replyText } from './_reply.ts'
import type { SmtpOptions } from './smtp.ts'
import { openSocket } from './_tls-auth.ts'
import type { Envelope, Relay } from './transport.ts'
import { wireMessage } from './wire.ts'

export interface Probe {
  readonly accepted: boolean
  /** The reply that decided, one line. */
  readonly reply: string
  /** What the relay offers; undefined when it was not reached. */
  readonly offers: Offers | undefined
}

const emptyMail = wireMessage(Buffer.alloc(0))

/**
 * mlmmj's trial connection (spec mailflow 6.5): whether the relay takes this sender with these
 * parameters, such as `XVERP=-=`. Nothing is sent.
 */
export async function probe(
  relay: Relay,
  from: string,
  parameters: string,
  { deadlines, connect = openSocket }: SmtpOptions = {},
): Promise<Probe> {
  const limits: Deadlines = { ...patience, ...deadlines }
  const hello = await greet(relay, 'EHLO', connect, limits, new AbortController().signal)
  if (!hello.ready) return answerOf(hello.reply, undefined)
  const { talk, offers } = hello
  const envelope: Envelope<undefined> = { from, to: [], parameters, note: undefined }
  const mail = mailLine(envelope, emptyMail, offers)
  if ('refused' in mail) {
    await talk.quit(limits.quit)
    return { accepted: false, reply: mail.refused, offers }
  }
  const reply = await talk.ask(mail.line, limits.mail)
  await talk.quit(limits.quit)
  return answerOf(reply, offers)
}

function answerOf(reply: Reply, offers: Offers | undefined): Probe {
  return { accepted: isYes(reply), reply: replyText(reply), offers }
}
