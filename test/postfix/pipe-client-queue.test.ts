import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { threeSubscribers } from '../_list.ts'
import { until } from '../_until.ts'
import { smtp } from './_maps-world.ts'
import { keptMails, pipeWorld, settled, type PipeWorld } from './_pipe-world.ts'
import { withoutPostfix } from './_postfix.ts'

const options = { skip: withoutPostfix, timeout: 120_000 }
const [talk, news] = ['talk@lists.example.org', 'news@lists.example.org']
let world: PipeWorld
/** Where the world brings its mail. */
let port = 0

before(async () => {
  if (withoutPostfix !== false) return
  world = await pipeWorld()
  port = world.postfix.inPort
})

afterEach(async () => {
  await world?.stop()
  world?.sink.taken.splice(0)
})

after(async () => {
  await world?.[Symbol.asyncDispose]()
})

/** Each subscriber has got each of these bodies once, and nobody anything else. */
async function everybodyGot(...bodies: readonly string[]): Promise<void> {
  await world.sink.waitFor(bodies.length * threeSubscribers.length, 30_000)
  const got = world.sink.taken.map(({ to, mail }) => {
    const text = mail.toString('latin1')
    return `${to.join()} ${text.slice(text.indexOf('\r\n\r\n') + 4).trim()}`
  })
  const wanted = bodies.flatMap((body) => threeSubscribers.map((who) => `${who} ${body}`))
  assert.deepEqual(got.sort(), wanted.sort())
}

test('a mail goes through the client to the list', options, async () => {
  await world.start()
  assert.match(await smtp(port, talk, { body: 'through' }), /^250 /)
  await everybodyGot('through')
  assert.match(await world.postfix.log(), /status=sent \(delivered via mlmmj service/)
})

test(
  'while the service is away a mail is deferred, and delivered once when it is back',
  options,
  async () => {
    assert.match(await smtp(port, talk, { body: 'patient' }), /^250 /)
    await settled(world, 1)
    assert.match((await world.reasons())[0] ?? '', /service cannot be reached \(ECONNREFUSED\)/)
    await world.start()
    await world.postfix.flush()
    await everybodyGot('patient')
  },
)

test('a wrong token defers the mail', options, async () => {
  await world.start()
  await world.setToken('0123456789abcdef'.repeat(4))
  assert.match(await smtp(port, talk, { body: 'stranger' }), /^250 /)
  await settled(world, 1)
  assert.match((await world.reasons())[0] ?? '', /token/)
  await world.stop()
  await world.start()
  await world.postfix.flush()
  await everybodyGot('stranger')
})

test(
  'with a directory to keep mail, it leaves the queue, and is delivered once',
  options,
  async () => {
    for (const body of ['first', 'second']) assert.match(await smtp(port, news, { body }), /^250 /)
    await until(async () => (await keptMails(world)) === 2 && (await world.postfix.queued()) === 0)
    assert.match(await world.postfix.log(), /status=sent \(delivered via kept service/)
    await world.start()
    assert.match(await smtp(port, news, { body: 'third' }), /^250 /)
    await everybodyGot('first', 'second', 'third')
    await until(async () => (await keptMails(world)) === 0)
    assert.deepEqual([...(await world.news.archive()).keys()], [1, 2, 3])
  },
)

test(
  'a bounce comes with its empty sender, and a command with its extension',
  options,
  async () => {
    await world.start()
    const bounces = 'talk+bounces-1-ann=example.org@lists.example.org'
    const report = { from: '', head: 'Content-Type: text/plain\r\n', body: 'it did not arrive' }
    assert.match(await smtp(port, bounces, report), /^250 /)
    assert.match(await smtp(port, 'talk+help@lists.example.org'), /^250 /)
    const [help] = await world.sink.waitFor(1)
    assert.deepEqual(help?.to, ['joe@example.org'])
    await until(async () => (await world.talk.names('bounce')).includes('ann=example.org'))
  },
)

test(
  'a list that is no more sends the mail back, with what the service said',
  options,
  async () => {
    await world.start()
    assert.match(await smtp(port, 'gone@lists.example.org'), /^250 /)
    const [back] = await world.sink.waitFor(1)
    assert.deepEqual([back?.from, back?.to], ['', ['joe@example.org']])
    assert.match(back?.mail.toString('latin1') ?? '', /^Status: 5\.1\.1\r$/m)
    assert.match(back?.mail.toString('latin1') ?? '', /there is no list "gone"/)
  },
)

test('many mails at once are delivered once each', options, async () => {
  await world.start()
  const bodies = Array.from({ length: 30 }, (_, i) => `number ${i}`)
  await Promise.all(bodies.map((body) => smtp(port, talk, { body })))
  await everybodyGot(...bodies)
})
