import { chmod, chown, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { openService, type Service } from '../../src/listener/service.ts'
import { scratchList, type ScratchList } from '../_list.ts'
import { run } from '../_program.ts'
import { deadPort, startSink, type Sink } from '../_sink.ts'
import { until } from '../_until.ts'
import { listUser, startPostfix, type Postfix } from './_postfix.ts'

/** A Postfix that pipes mail for lists into our client, the service it speaks to, and the world. */
export interface PipeWorld extends AsyncDisposable {
  readonly sink: Sink
  readonly postfix: Postfix
  /** What comes for it is deferred while the service is away. */
  readonly talk: ScratchList
  /** What comes for it is kept by the client. */
  readonly news: ScratchList
  readonly keptDir: string
  start(): Promise<void>
  stop(): Promise<void>
  setToken(token: string): Promise<void>
  /** What Postfix says of the mails in its queue. */
  reasons(): Promise<readonly string[]>
}

/** What master.cf hands to the client, as postfix/README.md has it. */
const envelope = '--sender ${sender} --recipient ${recipient} --extension ${extension} ${nexthop}'

export async function pipeWorld(): Promise<PipeWorld> {
  const sink = await startSink()
  const postfix = await startPostfix(sink.port)
  const { scratch } = postfix
  const [spoolDir, confDir, keptDir] = ['spool', 'conf', 'kept'].map((name) =>
    join(scratch, name),
  ) as [string, string, string]
  for (const dir of [spoolDir, confDir, keptDir]) await mkdir(dir, { mode: 0o700 })
  await chown(keptDir, listUser.uid, listUser.gid)
  const httpPort = await deadPort()
  const config = readConfig({
    MLMMJ_SPOOL: spoolDir,
    MLMMJ_CONF: confDir,
    MLMMJ_HTTP_PORT: String(httpPort),
    MLMMJ_LMTP_PORT: '0',
    MLMMJ_SOCKETMAP_PORT: '0',
    MLMMJ_TEXTS: join(process.cwd(), 'texts'),
    MLMMJ_POSTMAP: '/nonexistent/postmap',
  })
  const [client, tokenFile] = [join(scratch, 'postfix_incoming'), join(scratch, 'token')]
  await copyFile('dist/postfix_incoming.cjs', client)
  await chmod(client, 0o755)
  const call = `${client} --mlmmj 127.0.0.1 --port ${httpPort} --token-file ${tokenFile}`
  await setUp(postfix, call, keptDir)

  const listOf = (name: string) =>
    scratchList({ address: `${name}@lists.example.org`, below: spoolDir, port: sink.port })
  let service: Service | undefined
  let end = new AbortController()
  const world: PipeWorld = {
    ...{ sink, postfix, keptDir, talk: await listOf('talk'), news: await listOf('news') },
    async start() {
      end = new AbortController()
      service = await openService(openHouse(config, end), config)
      await world.setToken(await readFile(join(confDir, 'listener.token'), 'latin1'))
    },
    async stop() {
      end.abort()
      await service?.close()
      service = undefined
    },
    async setToken(token) {
      await writeFile(tokenFile, token, { mode: 0o600 })
      await chown(tokenFile, listUser.uid, listUser.gid)
    },
    async reasons() {
      const queue = await run('/usr/sbin/postqueue', ['-c', postfix.configDir, '-j'])
      const lines = queue.stdout.split('\n').filter((line) => line !== '')
      return lines.flatMap((line) =>
        (JSON.parse(line) as Waiting).recipients.map(({ delay_reason }) => delay_reason ?? ''),
      )
    },
    async [Symbol.asyncDispose]() {
      await world.stop()
      await postfix[Symbol.asyncDispose]()
      await sink.close()
    },
  }
  return world
}

interface Waiting {
  readonly recipients: readonly { readonly delay_reason?: string }[]
}

async function setUp({ configDir }: Postfix, call: string, keptDir: string): Promise<void> {
  const [main, master] = [join(configDir, 'main.cf'), join(configDir, 'master.cf')]
  const [mainText, masterText] = [await readFile(main, 'utf8'), await readFile(master, 'utf8')]
  const pipe = (name: string, command: string) =>
    `${name} unix - n n - 10 pipe\n  flags=DRhuq user=${listUser.name} null_sender= argv=${command} ${envelope}\n`
  await writeFile(
    main,
    mainText.replace(
      /^transport_maps = .*$/m,
      'transport_maps = inline:{ {talk@lists.example.org = mlmmj:talk} ' +
        '{news@lists.example.org = kept:news} {gone@lists.example.org = mlmmj:gone} }\n' +
        'kept_destination_recipient_limit = 1',
    ),
  )
  await writeFile(
    master,
    masterText.replace(/^mlmmj unix[\s\S]*/m, pipe('mlmmj', call)) +
      pipe('kept', `${call} --fallback-dir ${keptDir}`),
  )
  await run('/usr/sbin/postfix', ['-c', configDir, 'reload'], { ms: 60_000 })
}

/** How many mails the client keeps. */
export async function keptMails({ keptDir }: PipeWorld): Promise<number> {
  return (await readdir(keptDir)).filter((name) => /^\d/.test(name)).length
}

/** Until every mail is where it shall stay for now. */
export async function settled(world: PipeWorld, queued: number): Promise<void> {
  await until(
    async () => {
      const reasons = await world.reasons()
      return reasons.length === queued && reasons.every((reason) => reason !== '')
    },
    20_000,
    () => `${queued} mails in Postfix's queue`,
  )
}
