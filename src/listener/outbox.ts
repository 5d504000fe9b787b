import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail that would have gone out. */
export interface SentMail {
  readonly from: string
  readonly to: readonly string[]
  readonly bytes: Buffer
}

export interface Outbox {
  readonly port: number
  readonly mails: readonly SentMail[]
  close(): Promise<void>
}

/**
 * A relay that keeps what it is given, in memory and for `kept`: for trying a list out without
 * sending anything to anybody. Loopback only.
 */
export async function openOutbox(
  port: number,
  kept: (mail: SentMail, number: number) => Promise<void>,
): Promise<Outbox> {
  const mails: SentMail[] = []
  const server = new SMTPServer({
    name: 'outbox.localhost',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 1_000,
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const mail = {
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          bytes: Buffer.concat(chunks),
        }
        mails.push(mail)
        kept(mail, mails.length).then(() => done(null, '2.6.0 kept'), done)
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
