import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { asFault, errnoOf, Fault } from '../base/fault.ts'
import type { ListRecipient } from '../flows/find-recipient.ts'
import type { House } from '../flows/house.ts'
import { readExtension } from '../list/extensions.ts'
import { Connection } from './lmtp/_connection.ts'
import { refusal, reply, replyOf, type Refusal } from './lmtp/_reply.ts'
import { incomingOf, takeMail } from './lmtp/_take.ts'

export interface MailServerOptions {
  readonly house: House
  readonly spoolDir: string
  readonly protocol: 'lmtp' | 'smtp'
  /** Loopback unless given. */
  readonly host?: string
  /** 0 takes a free one. */
  readonly port: number
  /** Bytes of a mail we take at the most; larger ones are refused when they are announced. */
  readonly mostBytes?: number
  /** How long a client may take for a command, or for a mail (milliseconds); ten minutes unless given. */
  readonly patienceMs?: number
  /** The list of an envelope recipient (a byte string). */
  find(address: string): Promise<ListRecipient | undefined>
  /** Called for each list that has a new mail in incoming/. */
  stored(listDir: string): void
}

export interface MailServer {
  readonly port: number
  /** Hangs up on whoever is idle; a mail that is coming in may finish, for two seconds. */
  close(): Promise<void>
}

const usualMostBytes = 52_428_800
const known = new Set(['SIZE', 'BODY', 'SMTPUTF8'])

/**
 * A way in for mail: LMTP (RFC 2033) or SMTP. It acknowledges a mail only when it lies in the
 * incoming/ of its list; an address that no list has is refused at RCPT. Neither knows AUTH or TLS.
 */
export async function openMailServer(options: MailServerOptions): Promise<MailServer> {
  const { house, protocol, host = '127.0.0.1', mostBytes = usualMostBytes } = options
  const transactions = new WeakMap<object, Transaction>()
  const server = new ListServer({
    lmtp: protocol === 'lmtp',
    name: 'mlmmj-ts',
    heloResponse: '%s',
    disabledCommands: ['AUTH', 'STARTTLS', 'XCLIENT', 'XFORWARD', 'HELP', 'WIZ', 'SHELL', 'KILL'],
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    logger: false,
    size: mostBytes,
    maxClients: 200,
    maxRecipients: 1_000,
    socketTimeout: 300_000,
    closeTimeout: 2_000,
    onMailFrom: ({ address, args }, session, done) => {
      const odd = Object.keys(args || {}).find((name) => !known.has(name))
      if (odd !== undefined) return done(reply(555, '5.5.4', `the parameter ${odd} is not known`))
      transactions.set(session, { sender: address, recipients: [] })
      done()
    },
    onRcptTo: ({ address, args }, session, done) => {
      const [odd] = Object.keys(args || {})
      if (odd !== undefined) return done(reply(555, '5.5.4', `the parameter ${odd} is not known`))
      void judge(options, address).then((found) => {
        if (found instanceof Error) return done(found)
        transactions.get(session)?.recipients.push(found)
        done()
      })
    },
    onData: (stream, session, done) => {
      const { sender, recipients } = transactions.get(session) ?? { sender: '', recipients: [] }
      void takeMail(house, recipients, sender, incomingOf(stream), options.stored).then(
        (answers) => {
          // The rest of a mail that was given up must be read, or nobody hears the answer.
          if (!stream.destroyed) stream.resume()
          if (protocol === 'lmtp') return done(null, [...answers])
          // SMTP has one answer for all: a single failure must make the client try again.
          const refused = answers.find((answer) => typeof answer !== 'string')
          if (refused === undefined) done(null, String(answers[0]))
          else done(refused)
        },
      )
    },
  })
  server.patienceMs = options.patienceMs
  // A client that dies is no news, and the address in use is told by listening().
  server.on('error', () => undefined)
  server.listen(options.port, host)
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => server.end(),
  }
}

interface Transaction {
  readonly sender: string
  readonly recipients: ListRecipient[]
}

async function judge(
  { spoolDir, find }: MailServerOptions,
  address: string,
): Promise<ListRecipient | Refusal> {
  try {
    const found = await find(address)
    if (found === undefined) {
      await mustHaveLists(spoolDir)
      return refusal('noSuchList', 'there is no such list, or nothing of this name below it')
    }
    const { extension } = found
    const asked = extension === '' ? undefined : readExtension(extension)
    return asked !== undefined && 'why' in asked
      ? refusal('noSuchList', `what follows the name of the list ${asked.why}`)
      : found
  } catch (thrown) {
    return replyOf(asFault(thrown))
  }
}

/** A volume that is not mounted must not send everybody's mail back. @throws Fault spoolTrouble */
async function mustHaveLists(spoolDir: string): Promise<void> {
  const names = await readdir(spoolDir).catch((thrown: unknown): string[] => {
    if (errnoOf(thrown) === undefined) throw thrown
    return []
  })
  if (names.every((name) => name.startsWith('.')))
    throw new Fault('spoolTrouble', 'the spool has no list at all, or cannot be read')
}

/** smtp-server with our connections, and an end that does not wait for idle clients. */
class ListServer extends SMTPServer {
  patienceMs: number | undefined

  override connect(...[socket, options]: Parameters<SMTPServer['connect']>): void {
    const connection = new Connection(this, socket as Socket, options)
    if (this.patienceMs !== undefined) connection.patienceMs = this.patienceMs
    this.connections.add(connection)
    connection.on('error', (error: Error) => this._onError(error))
    connection.init()
  }

  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.close(resolve))
    for (const connection of this.connections)
      if (connection instanceof Connection && connection.isIdle)
        connection.send(421, '4.3.2 the service is being stopped')
    await ended
  }
}
