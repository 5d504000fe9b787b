import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mapTexts } from '../../src/compose/postfix-maps.ts'
import { listTables } from '../../src/flows/list-tables.ts'
import type { ScratchList } from '../_list.ts'
import { ours, start, type Running } from '../_program.ts'
import type { Sink } from '../_sink.ts'
import { pause, until } from '../_until.ts'
import { greeted } from '../house/_lmtp-client.ts'
import type { Struck, Suffer } from './_strike.ts'
import { namedPost, type ServiceSubject } from './_subjects.ts'

const mapNames = ['transport', 'transport.regexp', 'virtual', 'virtual.regexp']
const mapOptions = { dummyDomain: 'localhost.mlmmj', route: 'mlmmj:' }
const oldMap = '# as it was before\n'

/** A service over the directory that the list is in, and its maps beside it. */
export function listen({ dir }: ScratchList, env: Readonly<Record<string, string>>) {
  const spool = dirname(dir)
  const running = start(join(ours.bin, 'mlmmj-listener'), [], {
    ms: 60_000,
    env: {
      ...env,
      MLMMJ_SPOOL: spool,
      MLMMJ_CONF: confOf(dir),
      MLMMJ_HTTP_PORT: '0',
      MLMMJ_LMTP_PORT: '0',
      MLMMJ_SOCKETMAP_PORT: '0',
      MLMMJ_POSTMAP: '/nonexistent/postmap',
    },
  })
  const heard = { text: '' }
  running.child.stdout?.on('data', (chunk: Buffer) => (heard.text += chunk.toString('latin1')))
  return { running, heard }
}

export function confOf(listDir: string): string {
  return join(dirname(listDir), '.conf')
}

function isOver({ child }: Running): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** The port for mail, or undefined when the service died before it had one. */
export async function lmtpPort(
  running: Running,
  heard: { text: string },
): Promise<number | undefined> {
  const found = () => /service-started .*lmtp="?(\d+)/.exec(heard.text)?.[1]
  await until(
    () => isOver(running) || found() !== undefined,
    60_000,
    () => `the start of the service, not ${heard.text}`,
  )
  return found() === undefined ? undefined : Number(found())
}

/** What a service suffers, its death if that is to come by itself, and the end of the trouble. */
interface ServiceFate {
  readonly suffer: Suffer
  readonly dead: Promise<void> | undefined
  readonly relieve: () => Promise<void>
}

/** Starts the service, offers posts, and waits for its death, or ends it when all is done. */
export async function strikeService(
  { lmtp, everyMs = 0 }: ServiceSubject,
  list: ScratchList,
  sink: Sink,
  { suffer, dead, relieve }: ServiceFate,
): Promise<Struck> {
  await mkdir(confOf(list.dir))
  for (const name of mapNames) await writeFile(join(confOf(list.dir), name), oldMap)
  const { running, heard } = listen(list, suffer({ below: `${dirname(list.dir)}/` }))
  void dead?.then(() => running.child.kill('SIGKILL'))
  const port = await lmtpPort(running, heard)
  const answers = await Promise.all(
    lmtp.map(async (name, n) => {
      await pause(n * everyMs)
      return (await offer(port, name)).startsWith('250 ') ? [name] : []
    }),
  )
  const accepted = answers.flat()
  await relieve()
  // Its own next look comes within a minute; this one may come before a hampered one has ended.
  const impatient = setInterval(() => running.child.kill('SIGUSR1'), 1_000)
  try {
    await Promise.race([running.ended, settled(list, sink, accepted, true)])
    // A death that is on its way has until now.
    if (dead !== undefined) await Promise.race([running.ended, dead])
  } finally {
    clearInterval(impatient)
    running.child.kill('SIGTERM')
  }
  const ended = await running.ended
  return { ended, killed: ended.signal === 'SIGKILL', accepted, wrong: await halfMaps(list) }
}

/** The reply to the mail, or whatever came in its place. */
export async function offer(port: number | undefined, name: string): Promise<string> {
  if (port === undefined) return 'nobody listens'
  try {
    await using client = await greeted(port)
    const mail = namedPost(name)
      .replace(/^Return-Path.*\n/, '')
      .replaceAll('\n', '\r\n')
    return (await client.post(['talk@example.org'], mail))[0] ?? ''
  } catch (thrown) {
    return String(thrown)
  }
}

/**
 * Everybody has these posts and the maps are written. What a kill interrupted may wait for its next
 * turn still; unless `all`, it is left to that.
 */
async function settled(
  list: ScratchList,
  sink: Sink,
  names: readonly string[],
  all: boolean,
): Promise<void> {
  const members = await list.members()
  const got = (name: string) =>
    sink.taken.filter(({ mail }) => mail.includes(`Subject: ${name}\r\n`)).flatMap(({ to }) => to)
      .length >= members.length
  const shelves = ['incoming', 'queue', 'requeue'] as const
  const idle = async () =>
    (await Promise.all(shelves.map((shelf) => list.names(shelf))))
      .flat()
      .every((name) => name === 'discarded' || name.endsWith('.envelope'))
  await until(
    async () =>
      names.every(got) && (!all || (await idle())) && (await halfMaps(list, false)).length === 0,
    40_000,
    () => `${names.join()} for ${members.join()}`,
  )
  await pause(50)
}

/** Maps are the old ones or the new ones; `oldToo` false: the new ones. */
async function halfMaps({ dir }: ScratchList, oldToo = true): Promise<readonly string[]> {
  const wrong: string[] = []
  const tables = listTables({ spoolDir: dirname(dir), ...mapOptions })
  const texts: Record<string, string> = {
    ...mapTexts((await tables.mapping()).lists, mapOptions),
  }
  for (const name of (await readdir(confOf(dir))).filter((one) => mapNames.includes(one))) {
    const text = await readFile(join(confOf(dir), name), 'latin1')
    if (text !== texts[name] && !(oldToo && text === oldMap))
      wrong.push(`the map ${name} is half: ${text}`)
  }
  return wrong
}

/** Starts the service again and posts once more. */
export async function serviceAgain(
  list: ScratchList,
  sink: Sink,
  name: string,
): Promise<readonly string[]> {
  const { running, heard } = listen(list, {})
  const reply = await offer(await lmtpPort(running, heard), name)
  if (reply.startsWith('250 '))
    await Promise.race([running.ended, settled(list, sink, [name], false)])
  running.child.kill('SIGTERM')
  const { code, signal, stderr } = await running.ended
  const wrong = reply.startsWith('250 ') ? [] : [`the next post was answered ${reply}`]
  if (code !== 0) wrong.push(`the next service ended with ${signal ?? code}: ${stderr}`)
  return [...wrong, ...(await halfMaps(list, false))]
}
