import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerAddress, type SMTPServerSession } from 'smtp-server'
import { bytesFromText } from '../base/bytes.ts'
import { asFault, faults, type Fault } from '../base/fault.ts'
import { findRecipient, type ListRecipient } from '../flows/find-recipient.ts'
import type { House } from '../flows/house.ts'
import { receive } from '../flows/receive.ts'

export interface MailServerOptions {
  readonly house: House
  readonly spoolDir: string
  readonly protocol: 'lmtp' | 'smtp'
  /** 0 takes a free one. */
  readonly port: number
  /** Called for each list that has a new mail in incoming/. */
  stored(listDir: string): void
}

export interface MailServer {
  readonly port: number
  close(): Promise<void>
}

/** Bytes of a mail we take at the most; larger ones are refused when they are announced. */
const mostBytes = 52_428_800

/**
 * A way in for mail, on loopback: LMTP (RFC 2033) or SMTP. It acknowledges a mail only when it lies
 * in the incoming/ of its list; an address that no list has is refused at RCPT.
 */
export async function openMailServer(options: MailServerOptions): Promise<MailServer> {
  const recipients = new WeakMap<SMTPServerSession, ListRecipient[]>()
  const server = new SMTPServer({
    lmtp: options.protocol === 'lmtp',
    name: 'localhost',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: mostBytes,
    maxClients: 50,
    socketTimeout: 300_000,
    closeTimeout: 2_000,
    onMailFrom: (_, session, done) => {
      recipients.set(session, [])
      done()
    },
    onRcptTo: ({ address }, session, done) => {
      findRecipient(options.spoolDir, bytesFromText(address)).then(
        (found) => {
          if (found === undefined) return done(refusal('noSuchList', 'no such list'))
          recipients.get(session)?.push(found)
          done()
        },
        (thrown: unknown) => done(replyOf(asFault(thrown))),
      )
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        void storeForAll(chunks, session, stream.sizeExceeded).then(
          // smtp-server takes one answer for each recipient only as a list (libraries.md 1.2).
          (answers) => done(null, answers as unknown as string),
          (thrown: unknown) => done(replyOf(asFault(thrown))),
        )
      })
    },
  })

  async function storeForAll(
    chunks: readonly Buffer[],
    session: SMTPServerSession,
    tooBig: boolean,
  ): Promise<readonly (string | Error)[]> {
    const answers: (string | Error)[] = []
    const sender = session.envelope.mailFrom
    for (const recipient of recipients.get(session) ?? []) {
      if (tooBig) answers.push(refusal('tooBig', 'the mail is too large'))
      else answers.push(await storeFor(recipient, chunks, sender))
    }
    if (options.protocol === 'lmtp') return answers
    // SMTP has one answer for all: a single failure must make the client try again.
    return [answers.find((answer) => answer instanceof Error) ?? answers[0] ?? '2.6.0 stored']
  }

  async function storeFor(
    { listDir, extension }: ListRecipient,
    chunks: readonly Buffer[],
    sender: SMTPServerAddress | false,
  ): Promise<string | Error> {
    try {
      const arrival = { sender: sender === false ? '' : bytesFromText(sender.address), extension }
      const id = await receive(options.house, listDir, each(chunks), arrival)
      options.stored(listDir)
      return `2.6.0 stored as ${id.slice(0, 8)}`
    } catch (thrown) {
      return replyOf(asFault(thrown))
    }
  }

  server.on('error', () => undefined)
  server.listen(options.port, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function* each(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}

/** A reply as smtp-server wants it: an error that carries its code. */
function refusal(code: keyof typeof faults, text: string): Error {
  const { smtp, status } = faults[code]
  return Object.assign(new Reply(`${status} ${text}`), { responseCode: smtp })
}

function replyOf({ code, message }: Fault): Error {
  return refusal(code, message)
}

class Reply extends Error {}
