import { fileURLToPath } from 'node:url'
import { rm, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openHouse } from '../app.ts'
import { asFault, Fault } from '../base/fault.ts'
import { readConfig } from '../config.ts'
import { drainIncoming } from '../flows/drain-incoming.ts'
import { listTables } from '../flows/list-tables.ts'
import type { House } from '../flows/house.ts'
import { makeList } from '../flows/make-list.ts'
import { openList } from '../flows/open-list.ts'
import { repliesOf } from '../flows/replies.ts'
import { subscribe } from '../flows/subscribe.ts'
import { handOver } from '../listener/lmtp-hand-over.ts'
import { openMailServer } from '../listener/mail-server.ts'
import { openOutbox, type Outbox, type SentMail } from '../listener/outbox.ts'
import { explain, say, showMail } from './_demo-words.ts'

const members = ['ann@example.org', 'joe@example.org', 'zoe@example.net']
const patienceMs = 8_000

/**
 * A whole list server on loopback in one process, with an outbox in place of a relay: makes a list,
 * subscribes three addresses, posts once through LMTP and shows what each of them gets. With `--once`
 * it ends then; else it serves until Ctrl-C.
 */
export async function demo(argv: readonly string[]): Promise<void> {
  try {
    const unknown = argv.find((word) => word !== '--once')
    if (unknown !== undefined)
      throw new Fault('badUsage', `${unknown} is not known; the only option is --once`)
    await show(argv.includes('--once'))
  } catch (thrown) {
    const fault = asFault(thrown)
    process.stderr.write(`demo: ${fault.message}\n`)
    process.exitCode = fault.kind.exit
  }
}

async function show(once: boolean): Promise<void> {
  const house = openHouse(readConfig(process.env))
  const spoolDir = fileURLToPath(new URL('../demo-spool', import.meta.url))
  const outboxDir = join(spoolDir, '.outbox')
  await rm(spoolDir, { recursive: true, force: true })
  await mkdir(outboxDir, { recursive: true })
  const outbox = await openOutbox(0, (mail, number) =>
    writeFile(join(outboxDir, `${number}.eml`), mail.bytes),
  )
  const drains = new Set<Promise<void>>()
  const stored = (dir: string) => {
    const drain = drainIncoming(house, dir).catch((thrown: unknown) => {
      process.stderr.write(`demo: ${asFault(thrown).message}\n`)
    })
    drains.add(drain)
    void drain.finally(() => drains.delete(drain))
  }
  const { find } = listTables({ spoolDir, dummyDomain: 'localhost.mlmmj', route: 'mlmmj:' })
  const options = { house, spoolDir, find, stored }
  const lmtp = await openMailServer({ ...options, protocol: 'lmtp', port: once ? 0 : 8024 })
  const smtp = await openMailServer({ ...options, protocol: 'smtp', port: once ? 0 : 2525 })

  const dir = await makeDemoList(house, spoolDir, outbox.port)
  say(`A list was made: talk@lists.example.org, in the directory`, `  ${dir}`)
  say(`It has ${members.length} subscribers: ${members.join(', ')}.`, '')
  await handOver(lmtp.port, 'ann@example.org', 'talk@lists.example.org', mail)
  say(`A mail from ann@example.org was posted to it through LMTP on port ${lmtp.port}.`)
  say('What each subscriber gets, with its envelope:', '')
  for (const mail of await arrived(outbox)) showMail(mail)
  await Promise.all(drains)
  if (once) {
    await Promise.all([lmtp.close(), smtp.close(), outbox.close()])
    return
  }
  explain(dir, outboxDir, lmtp, smtp, outbox)
  process.once('SIGINT', () => void Promise.all([lmtp.close(), smtp.close(), outbox.close()]))
}

async function makeDemoList(house: House, spoolDir: string, port: number): Promise<string> {
  const { dir } = await makeList({
    spoolDir,
    name: 'talk',
    domain: 'lists.example.org',
    owner: 'owner@example.org',
    textsFrom: undefined,
    user: undefined,
    force: false,
  })
  const control = {
    prefix: '[talk]',
    footer: '-- \nWrite to talk@lists.example.org\n',
    smtpport: port,
  }
  for (const [name, content] of Object.entries(control))
    await writeFile(join(dir, 'control', name), `${content}`)
  const list = await openList(dir)
  for (const address of members)
    await subscribe(
      list,
      {
        address,
        type: 'normal',
        reason: 'admin',
        ask: false,
        force: true,
        welcome: false,
        quiet: true,
        silent: true,
      },
      repliesOf(house),
      house.chance,
    )
  return dir
}

const mail = [
  'From: Ann <ann@example.org>',
  'To: talk@lists.example.org',
  'Subject: Hello, list',
  'Date: Sat, 21 Nov 2026 12:00:00 +0000',
  'Message-ID: <demo-1@example.org>',
  '',
  'This is the first post.',
].join('\r\n')

async function arrived(outbox: Outbox): Promise<readonly SentMail[]> {
  for (const end = performance.now() + patienceMs; outbox.mails.length < members.length;) {
    if (performance.now() > end)
      throw new Fault('bug', `only ${outbox.mails.length} of ${members.length} mails came in time`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return outbox.mails
}
