import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { parsePath } from './_path.ts'

/**
 * One connection of smtp-server, with what a list server needs otherwise: our own status codes in
 * replies, addresses as bytes, and the greeting at once. Its inner methods are used, so the package's
 * version is pinned (docs/decisions/lmtp.md).
 */
export class Connection extends SMTPConnection {
  /** How long the client may take from one reply to the next, a whole mail included (milliseconds). */
  patienceMs = 600_000
  #deadline: NodeJS.Timeout | undefined

  /** Without the 100 ms in which a spammer may betray itself: our client is a mail server. */
  override init(): void {
    this._socket.once('close', () => clearTimeout(this.#deadline))
    this.#expectMore()
    this._setListeners(() => {
      const { maxClients } = this._server.options
      if (maxClients && this._server.connections.size > maxClients)
        this.send(421, '4.3.2 too many connections, try again in a moment', false)
      else this.connectionReady()
    })
  }

  /** A status code that the text has already is the right one (RFC 2034 4). */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const coded = typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(data)
    super.send(code, data, coded ? false : context)
    this.#expectMore()
  }

  /** The package's own deadline begins anew with each byte, so one a minute would hold us for ever. */
  #expectMore(): void {
    clearTimeout(this.#deadline)
    if (this._closing || this._socket.destroyed) return
    this.#deadline = setTimeout(() => {
      // A client that waits for us is not slow.
      if (this.#owesInput) this.send(421, '4.4.2 this takes too long')
      else this.#expectMore()
    }, this.patienceMs)
  }

  get #owesInput(): boolean {
    return !this._handlerPending && (!this._dataStream || !this._dataStream.writableEnded)
  }

  /** Addresses stay byte for byte what they are; any that RFC 5321 allows may be a sender. */
  override _parseAddressCommand(
    name: string,
    command: Buffer | string,
  ): ReturnType<SMTPConnection['_parseAddressCommand']> {
    const line = typeof command === 'string' ? command : command.toString('latin1')
    return parsePath(name, line) ?? false
  }

  /** Whether nothing would be lost if it ended now. */
  get isIdle(): boolean {
    return !this._handlerPending && !this._dataStream
  }
}
