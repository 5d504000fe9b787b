import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { open, readdir, readFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { journalIsLeft, recoverJournal } from '../../src/spool/recover-journal.ts'
import { scratchList } from '../_list.ts'
import { ours, start } from '../_program.ts'
import { deadPort } from '../_sink.ts'
import { pause, until } from '../_until.ts'
import { arrivals, greeted, letter, lmtpHouse } from './_lmtp-client.ts'

type Sync = FileHandle['sync']

/** Puts something in place of the kernel's fsync of directories, until the test ends. */
async function whenSynced(t: TestContext, instead: (real: () => Promise<void>) => Promise<void>) {
  await using some = await open('.')
  const handles = Object.getPrototypeOf(some) as { sync: Sync }
  const { sync } = handles
  const mocked = t.mock.method(handles, 'sync', async function (this: FileHandle) {
    const real = () => sync.call(this)
    return (await this.stat()).isDirectory() ? await instead(real) : await real()
  })
  return () => mocked.mock.restore()
}

const ten = Array.from({ length: 10 }, (_, n) => n)

async function postTen(port: number): Promise<string[]> {
  const replies = ten.map(async (n) => {
    await using client = await greeted(port)
    const mail = letter.replace('Subject: hi', `Subject: mail ${n}`)
    return await client.post(['talk@example.org'], mail, `ann${n}@example.org`)
  })
  return (await Promise.all(replies)).flat()
}

test('a directory that cannot be synced makes 451 of every mail of the group', async (t) => {
  await using house = await lmtpHouse()
  const restore = await whenSynced(t, async () => {
    await pause(20)
    throw Object.assign(new Error('EIO: fsync'), { code: 'EIO', errno: -5 })
  })
  const replies = await postTen(house.port)
  assert.equal(replies.length, 10)
  for (const reply of replies) assert.match(reply, /^451 4\.3\.0 /)
  // They will come again: what was refused must not be there already.
  assert.deepEqual(await readdir(house.list.path('incoming')), [])
  assert.deepEqual(await readdir(house.list.path('.mlmmj-ts')), [])
  assert.deepEqual(house.stored, [])
  restore()
  for (const reply of await postTen(house.port)) assert.match(reply, /^250 2\.6\.0 /)
  assert.equal((await arrivals(house.list)).length, 10)
})

test('no mail is acknowledged before a sync that began after it had its name', async (t) => {
  await using house = await lmtpHouse()
  const names = () => readdirSync(house.list.path('incoming'))
  const durable = new Set<string>()
  let syncs = 0
  const restore = await whenSynced(t, async (real) => {
    const covered = names()
    // The first one lasts until all mails have their names: it must not answer for the later ones.
    if (syncs++ === 0) await until(() => names().length === 20)
    await real()
    for (const name of covered) durable.add(name)
  })
  const replies = ten.map(async (n) => {
    await using client = await greeted(house.port)
    const from = `ann${n}@example.org`
    const [reply = ''] = await client.post(['talk@example.org'], letter, from)
    const [, id = ''] = /stored as ([0-9a-f]{8})/.exec(reply) ?? []
    const mine = [...durable].filter((name) => name.startsWith(id))
    assert.equal(mine.length, 2, `${reply}: ${mine.join(' ')} of ${[...durable].join(' ')}`)
  })
  await Promise.all(replies)
  assert.equal(syncs, 2)
  restore()
  const senders = (await arrivals(house.list)).map(({ envelope }) => envelope)
  assert.equal(senders.length, 10)
})

test('each mail of a group has its own envelope', async () => {
  await using house = await lmtpHouse()
  await postTen(house.port)
  const { arrivalOf } = await import('../../src/spool/incoming.ts')
  const { mailIdOf } = await import('../../src/spool/mail-id.ts')
  const found: string[] = []
  for (const name of await house.list.names('incoming')) {
    if (name.includes('.')) continue
    const mail = await readFile(house.list.path('incoming', name), 'latin1')
    const [, n = ''] = /^Subject: mail (\d)/m.exec(mail) ?? []
    const { sender, extension } = await arrivalOf(house.list.dir, mailIdOf(name))
    assert.deepEqual([sender, extension], [`ann${n}@example.org`, ''])
    found.push(n)
  }
  assert.deepEqual(found.sort(), ten.map(String))
})

test('kill -9 in the middle of a flood loses nothing that was acknowledged', async () => {
  await using list = await scratchList({ subscribers: [], control: { relayhost: '127.0.0.1' } })
  const spool = list.path('..')
  const [http, lmtp, socketmap] = [await deadPort(), await deadPort(), await deadPort()]
  const { child, ended } = start(join(ours.bin, 'mlmmj-listener'), [], {
    ms: 60_000,
    env: {
      MLMMJ_SPOOL: spool,
      MLMMJ_CONF: spool,
      MLMMJ_HTTP_PORT: `${http}`,
      MLMMJ_LMTP_PORT: `${lmtp}`,
      MLMMJ_SOCKETMAP_PORT: `${socketmap}`,
      MLMMJ_POSTMAP: '/nonexistent/postmap',
    },
  })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until(() => said.includes(' service-started '), 20_000)
  const acknowledged = new Set<string>()
  const clients = ten.map(async (n) => {
    await using client = await greeted(lmtp)
    for (let mail = 0; ; mail++) {
      const subject = `flood ${n}-${mail}.`
      const text = letter.replace('Subject: hi', `Subject: ${subject}`)
      // What is refused or broken off is no promise.
      const replies = await client.post(['talk@example.org'], text).catch(() => ['gone'])
      if (!replies[0]?.startsWith('250')) return
      acknowledged.add(subject)
    }
  })
  await until(() => acknowledged.size > 40, 30_000)
  child.kill('SIGKILL')
  await ended
  await Promise.all(clients)
  assert.ok(await journalIsLeft(list.dir), 'it was killed while it had mails in its journal')
  await recoverJournal(list.dir)
  const kept: string[] = []
  for (const shelf of ['incoming', 'archive'])
    for (const name of await list.names(shelf)) {
      const [, subject] =
        /^Subject: (.*?)\r?$/m.exec((await list.read(`${shelf}/${name}`)) ?? '') ?? []
      if (subject !== undefined) kept.push(subject)
    }
  for (const subject of acknowledged) assert.ok(kept.includes(subject), `${subject} is lost`)
  assert.equal(new Set(kept).size, kept.length, 'a mail is there twice')
})
