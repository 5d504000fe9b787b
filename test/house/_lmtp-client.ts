import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { listTables } from '../../src/flows/list-tables.ts'
import { openMailServer } from '../../src/listener/mail-server.ts'
import { scratchList, type ListSetup, type ScratchList } from '../_list.ts'

/** A client that says what it is told, and reads replies one by one. */
export class LmtpClient implements AsyncDisposable {
  readonly #socket: Socket
  readonly #lines: string[] = []
  readonly #waiting: ((line: string | undefined) => void)[] = []
  #rest = ''
  #ended = false

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.on('data', (chunk: Buffer) => {
      const lines = (this.#rest + chunk.toString('latin1')).split('\r\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) this.#give(line)
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#ended = true
      for (const waiting of this.#waiting.splice(0)) waiting(undefined)
    })
  }

  #give(line: string): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#lines.push(line)
    else waiting(line)
  }

  async #line(): Promise<string | undefined> {
    const line = this.#lines.shift()
    if (line !== undefined || this.#ended) return line
    return await new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The next reply, its lines joined by `|`; 'gone' when the server hung up. */
  async reply(): Promise<string> {
    const lines: string[] = []
    for (;;) {
      const line = await this.#line()
      if (line === undefined) return 'gone'
      lines.push(line)
      if (line[3] !== '-') return lines.join('|')
    }
  }

  async replies(count: number): Promise<string[]> {
    const found: string[] = []
    for (let at = 0; at < count; at++) found.push(await this.reply())
    return found
  }

  /** Sends bytes as they are. */
  send(text: string | Buffer): void {
    this.#socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** One command, one reply. */
  async say(line: string): Promise<string> {
    this.send(`${line}\r\n`)
    return await this.reply()
  }

  /** Everything up to the end of a mail; answers with the replies after the dot. */
  async post(
    to: readonly string[],
    mail: string = letter,
    from = 'ann@example.org',
  ): Promise<string[]> {
    assert.match(await this.say(`MAIL FROM:<${from}>`), /^250 2\.1\.0 /)
    let accepted = 0
    for (const address of to)
      if ((await this.say(`RCPT TO:<${address}>`)).startsWith('250 ')) accepted++
    assert.match(await this.say('DATA'), /^354 /)
    this.send(`${mail.replace(/^\./gm, '..')}.\r\n`)
    return await this.replies(accepted)
  }

  /** Whether the connection has ended, also while nobody reads. */
  get isGone(): boolean {
    return this.#socket.destroyed
  }

  /** Sends no more, and still hears. */
  shut(): void {
    this.#socket.end()
  }

  /** Reads no more of what the server says. */
  ignore(): void {
    this.#socket.pause()
  }

  hangUp(): void {
    this.#socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
  }
}

export const letter =
  'From: ann@example.org\r\nTo: talk@example.org\r\nSubject: hi\r\n\r\nhello\r\n'

/** A connection that has said LHLO. */
export async function greeted(port: number): Promise<LmtpClient> {
  const client = new LmtpClient(port)
  assert.match(await client.reply(), /^220 /)
  assert.match(await client.say('LHLO client.example.net'), /^250-/)
  return client
}

/** An LMTP server that stores and does not process, with a spool of its own. */
export async function lmtpHouse(
  lists: readonly ListSetup[] = [{}],
  mostBytes = 1_000_000,
  patienceMs = 600_000,
) {
  const spoolDir = await mkdtemp(join(tmpdir(), 'mlmmj-lmtp-'))
  const made: ScratchList[] = []
  for (const list of lists) made.push(await scratchList({ below: spoolDir, ...list }))
  const stored: string[] = []
  const server = await openMailServer({
    house: openHouse(readConfig({})),
    spoolDir,
    mostBytes,
    patienceMs,
    protocol: 'lmtp',
    port: 0,
    find: listTables({ spoolDir, dummyDomain: 'localhost.mlmmj', route: 'mlmmj:' }).find,
    stored: (listDir) => void stored.push(listDir),
  })
  return {
    spoolDir,
    port: server.port,
    lists: made,
    list: made[0] as ScratchList,
    stored,
    close: () => server.close(),
    async [Symbol.asyncDispose]() {
      await server.close()
      await rm(spoolDir, { recursive: true, force: true })
    },
  }
}

/** What lies in incoming/: each mail with its envelope. */
export async function arrivals(
  list: ScratchList,
): Promise<{ mail: string; envelope: Record<string, unknown> }[]> {
  const names = (await readdir(list.path('incoming'))).filter((name) => !name.includes('.'))
  return await Promise.all(
    names.map(async (name) => ({
      mail: await readFile(list.path('incoming', name), 'latin1'),
      envelope: JSON.parse((await list.read(`incoming/${name}.envelope`)) ?? '{}') as Record<
        string,
        unknown
      >,
    })),
  )
}
