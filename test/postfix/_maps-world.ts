import { chmod, mkdir, rename } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { applyPostfix, type PostfixWish } from '../../src/flows/postfix-setup.ts'
import { openService, type Service } from '../../src/listener/service.ts'
import { scratchList, type ListSetup, type ScratchList } from '../_list.ts'
import { run } from '../_program.ts'
import { deadPort, startSink, type Sink } from '../_sink.ts'
import { pause } from '../_until.ts'
import { startPostfix, type Postfix } from './_postfix.ts'

/** A Postfix, the service beside it, and the world as a sink. */
export interface MapsWorld {
  readonly sink: Sink
  readonly postfix: Postfix
  readonly spoolDir: string
  readonly confDir: string
  readonly ports: Pick<PostfixWish, 'httpPort' | 'lmtpPort' | 'socketmapPort'>
  /** Starts the service, on the same ports each time. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Has Postfix set as wished, and waits until it is. */
  apply(wish: Partial<PostfixWish>): Promise<void>
  /** A list that is there from one moment to the next, with one subscriber. */
  make(address: string, setup?: ListSetup & { readonly folder?: string }): Promise<ScratchList>
  [Symbol.asyncDispose](): Promise<void>
}

/** @param env what the service shall find in its environment, beside directories and ports. */
export async function mapsWorld(env: NodeJS.ProcessEnv = {}): Promise<MapsWorld> {
  const sink = await startSink()
  const postfix = await startPostfix(sink.port)
  const [spoolDir, confDir] = [join(postfix.scratch, 'spool'), join(postfix.scratch, 'conf')]
  for (const dir of [spoolDir, confDir]) await mkdir(dir)
  await chmod(confDir, 0o755)
  const ports = {
    httpPort: await deadPort(),
    lmtpPort: await deadPort(),
    socketmapPort: await deadPort(),
  }
  const config = readConfig({
    MLMMJ_SPOOL: spoolDir,
    MLMMJ_CONF: confDir,
    MLMMJ_HTTP_PORT: String(ports.httpPort),
    MLMMJ_LMTP_PORT: String(ports.lmtpPort),
    MLMMJ_SOCKETMAP_PORT: String(ports.socketmapPort),
    MLMMJ_TEXTS: join(process.cwd(), 'texts'),
    ...env,
  })
  let service: Service | undefined
  let stop = new AbortController()

  async function close(): Promise<void> {
    stop.abort()
    await service?.close()
    service = undefined
  }

  return {
    sink,
    postfix,
    spoolDir,
    confDir,
    ports,
    async start() {
      stop = new AbortController()
      service = await openService(openHouse(config, stop), config)
    },
    stop: close,
    async apply(wish) {
      await applyPostfix(postfix.configDir, {
        mode: 'lmtp',
        lookup: 'socketmap',
        host: '127.0.0.1',
        ...ports,
        dummyDomain: 'localhost.mlmmj',
        domains: [],
        listDomains: [],
        maps: { dir: confDir, type: 'regexp' },
        pipe: { user: 'nobody', client: '/bin/false', tokenFile: '/nonexistent' },
        ...wish,
      })
      await run('/usr/sbin/postfix', ['-c', postfix.configDir, 'reload'], { ms: 60_000 })
      // Processes with the old settings end when they are idle.
      await pause(1_000)
    },
    async make(address, { folder, ...setup } = {}) {
      const below = join(spoolDir, folder ?? '')
      const draft = join(spoolDir, '.made')
      for (const dir of [below, draft]) await mkdir(dir, { recursive: true })
      const subscribers = ['ann@example.com']
      const made = await scratchList({
        address,
        port: sink.port,
        subscribers,
        ...setup,
        below: draft,
      })
      const dir = join(below, address.split('@')[0] ?? '')
      await rename(made.dir, dir)
      return new (made.constructor as typeof ScratchList)(dir, dir)
    },
    async [Symbol.asyncDispose]() {
      await close()
      await postfix[Symbol.asyncDispose]()
      await sink.close()
    },
  }
}

/** The reply that counts: to a refused recipient, or else to the mail. */
export async function smtp(
  port: number,
  to: string,
  { from = 'joe@example.org', head = '', body = 'hello' } = {},
): Promise<string> {
  const name = to.replace(/^"(.*)"@/, '$1@')
  const mail = `From: ${from}\r\nTo: <${name}>\r\nSubject: maps\r\n${head}\r\n${body}\r\n.`
  const turns = ['EHLO client.example.org', `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA', mail]
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  try {
    for await (const chunk of socket) {
      heard += String(chunk)
      const [, reply = ''] = /^(\d\d\d [^\r\n]*)\r\n$/m.exec(heard) ?? []
      if (reply === '') continue
      heard = ''
      const turn = turns.shift()
      if (turn === undefined || /^[45]/.test(reply)) return reply
      socket.write(`${turn}\r\n`)
    }
    return heard
  } finally {
    socket.destroy()
  }
}
