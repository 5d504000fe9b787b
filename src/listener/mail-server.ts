import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { asFault, errnoOf, Fault } from '../base/fault.ts'
import type { ListRecipient } from '../flows/find-recipient.ts'
import type { House } from '../flows/house.ts'
import { readExtension } from '../list/extensions.ts'
import { Connection } from './lmtp/_connection.ts'
import { refusal, replyOf, type Reply } from './lmtp/_reply.ts'
import type { Office } from './lmtp/_session.ts'
import { takeMail } from './lmtp/_take.ts'

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
const mostClients = 200
/** For a mail that is coming in when we end (milliseconds). */
const graceMs = 2_000
const tooMany = '421 4.3.2 too many connections, try again in a moment\r\n'

/**
 * A way in for mail: LMTP (RFC 2033) or SMTP. It acknowledges a mail only when it lies in the
 * incoming/ of its list; an address that no list has is refused at RCPT. Neither knows AUTH or TLS.
 *
 * @throws Error with an errno when the port cannot be had
 */
export async function openMailServer(options: MailServerOptions): Promise<MailServer> {
  const { house, protocol, host = '127.0.0.1', mostBytes = usualMostBytes } = options
  const office: Office = {
    ...{ protocol, mostBytes },
    judge: (address) => judge(options, address),
    take: (recipients, sender, mail) => takeMail(house, recipients, sender, mail, options.stored),
  }
  const patience = { replyMs: options.patienceMs ?? 600_000, silenceMs: 300_000 }
  const connections = new Set<Connection>()
  let isStopping = false
  // Half open: who shuts the side for sending still waits for our answers.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (connections.size >= mostClients || isStopping) return turnAway(socket)
    const connection = new Connection(socket, office, patience)
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
  })
  // Those who are turned away hold a descriptor for a moment too.
  server.maxConnections = mostClients * 2
  server.listen(options.port, host)
  await once(server, 'listening')
  // Such as no file descriptor for one more client; he comes again.
  server.on('error', () => undefined)
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      isStopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const connection of connections) connection.stop()
      const end = setTimeout(() => connections.forEach((one) => one.destroy()), graceMs)
      await closed
      clearTimeout(end)
    },
  }
}

function turnAway(socket: Socket): void {
  socket.on('error', () => undefined)
  socket.resume()
  socket.end(tooMany)
  setTimeout(() => socket.destroy(), graceMs).unref()
}

async function judge(
  { spoolDir, find }: MailServerOptions,
  address: string,
): Promise<ListRecipient | Reply> {
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
