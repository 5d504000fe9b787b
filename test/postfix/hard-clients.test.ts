import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import type { ScratchList } from '../_list.ts'
import { run } from '../_program.ts'
import { pause, until } from '../_until.ts'
import { mapsWorld, smtp, type MapsWorld } from './_maps-world.ts'
import { withoutPostfix } from './_postfix.ts'

const options = { skip: withoutPostfix, timeout: 280_000 }
const address = 'talk@lists.example.org'
const mostBytes = 40_000
let world: MapsWorld
let talk: ScratchList
/** Where the world brings its mail. */
let port = 0

before(async () => {
  if (withoutPostfix !== false) return
  world = await mapsWorld({ MLMMJ_MAXSIZE: String(mostBytes) })
  await world.apply({ domains: ['lists.example.org'], listDomains: ['lists.example.org'] })
  await world.start()
  talk = await world.make(address)
  port = world.postfix.inPort
})

beforeEach(() => {
  world?.sink.taken.splice(0)
})

after(async () => {
  await world?.[Symbol.asyncDispose]()
})

/** Says the beginning of a mail to Postfix, and hands out the connection that waits for the rest. */
async function beginMail() {
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => (heard += String(chunk))).on('error', () => undefined)
  const turns = ['EHLO client.example.org', 'MAIL FROM:<joe@example.org>', `RCPT TO:<${address}>`]
  for (const turn of ['', ...turns, 'DATA']) {
    if (turn !== '') socket.write(`${turn}\r\n`)
    await until(() => /^\d\d\d [^\r\n]*\r\n$/m.test(heard), 30_000)
    assert.match(heard, /^[23]/, heard)
    heard = ''
  }
  socket.write(`From: joe@example.org\r\nTo: ${address}\r\nSubject: slow\r\n\r\n`)
  return { socket, heard: () => heard }
}

async function posts(): Promise<number> {
  return (await talk.archive()).size
}

test('a client that goes away in its mail leaves no post', options, async () => {
  const before = await posts()
  const cut = await Promise.all(Array.from({ length: 10 }, beginMail))
  for (const { socket } of cut) {
    socket.write('half a li')
    socket.destroy()
  }
  assert.match(await smtp(port, address, { body: 'whole' }), /^250 /)
  await world.sink.waitFor(1, 30_000)
  await until(async () => (await world.postfix.queued()) === 0, 30_000)
  assert.equal(await posts(), before + 1)
  assert.match(world.sink.taken[0]?.mail.toString('latin1') ?? '', /whole/)
})

test('slow clients hold up nobody, and their mails come whole', options, async () => {
  const before = await posts()
  const slow = await Promise.all(Array.from({ length: 5 }, beginMail))
  for (let n = 0; n < 5; n++)
    assert.match(await smtp(port, address, { body: `fast ${n}` }), /^250 /)
  await world.sink.waitFor(5, 30_000)
  assert.equal(await posts(), before + 5)
  for (const word of ['one ', 'two ', 'three\r\n']) {
    for (const { socket } of slow) socket.write(word)
    await pause(100)
  }
  for (const { socket } of slow) socket.write('.\r\n')
  await world.sink.waitFor(10, 30_000)
  assert.ok(slow.every(({ heard }) => /^250 /.test(heard())))
  for (const { socket } of slow) socket.end('QUIT\r\n')
  for (const { socket } of slow) if (!socket.destroyed) await once(socket, 'close')
  const bodies = world.sink.taken.map(({ mail }) => mail.toString('latin1'))
  assert.equal(bodies.filter((body) => body.includes('one two three')).length, 5)
})

test('a mail larger than the service takes goes back to its sender', options, async () => {
  const before = await posts()
  const body = 'x'.repeat(70).concat('\r\n').repeat(1_000)
  assert.match(await smtp(port, address, { body }), /^250 /)
  const [back] = await world.sink.waitFor(1, 30_000)
  assert.deepEqual([back?.from, back?.to], ['', ['joe@example.org']])
  assert.match(back?.mail.toString('latin1') ?? '', /^Status: 5\.3\.4\r$/m)
  assert.equal(await posts(), before)
})

test(
  'mail that waits while the service is down is delivered once when it is back',
  options,
  async () => {
    const before = await posts()
    const { socket, heard } = await beginMail()
    await world.stop()
    socket.write('patient\r\n.\r\n')
    await until(() => /^250 /m.test(heard()), 30_000)
    socket.end('QUIT\r\n')
    await until(async () => /lmtp.*status=deferred/.test(await world.postfix.log()), 30_000)
    assert.equal(await world.postfix.queued(), 1)
    await world.start()
    await world.postfix.flush()
    const [copy] = await world.sink.waitFor(1, 30_000)
    assert.match(copy?.mail.toString('latin1') ?? '', /patient/)
    await until(async () => (await world.postfix.queued()) === 0, 30_000)
    assert.deepEqual([world.sink.taken.length, await posts()], [1, before + 1])
  },
)

test('a thousand mails at once are delivered once each', options, async () => {
  const before = await posts()
  const count = 1_000
  // smtp-source sends one mail again and again.
  await talk.write('control/repeatlimit', `${count}\n`)
  const args = ['-4', '-s', '40', '-m', String(count), '-l', '500', '-f', 'joe@example.org']
  const source = await run('/usr/sbin/smtp-source', [...args, '-t', address, `127.0.0.1:${port}`], {
    ms: 240_000,
  })
  assert.deepEqual([source.code, source.stderr], [0, ''])
  await world.sink.waitFor(count, 240_000)
  await until(async () => (await world.postfix.queued()) === 0, 30_000)
  const senders = world.sink.taken.map(({ from }) => from)
  const wanted = Array.from(
    { length: count },
    (_, at) => `talk+bounces-${before + at + 1}-ann=example.com@lists.example.org`,
  )
  assert.deepEqual(senders.sort(), wanted.sort())
  assert.equal(await posts(), before + count)
})
