import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { after, before, beforeEach, test } from 'node:test'
import { run } from '../_program.ts'
import { pause, until } from '../_until.ts'
import { mapsWorld, smtp, type MapsWorld } from './_maps-world.ts'
import { withoutPostfix } from './_postfix.ts'

const options = { skip: withoutPostfix, timeout: 120_000 }
let world: MapsWorld
/** Where the world brings its mail. */
let port = 0

before(async () => {
  if (withoutPostfix !== false) return
  world = await mapsWorld()
  await world.make('news@lists.example.org')
  await world.apply({
    domains: ['new.example.org', 'deep.example.org', 'lists.example.org'],
    listDomains: ['new.example.org', 'deep.example.org'],
  })
  await world.start()
  port = world.postfix.inPort
})

beforeEach(() => {
  world?.sink.taken.splice(0)
})

after(async () => {
  await world?.[Symbol.asyncDispose]()
})

test('a list takes mail the moment it exists, and none when it is gone', options, async () => {
  const times: number[] = []
  for (const name of ['one', 'two', 'three']) {
    const address = `${name}@new.example.org`
    assert.match(await smtp(port, address), /^550 5\.1\.1 /)
    world.sink.taken.splice(0)
    const list = await world.make(address)
    const began = Date.now()
    assert.match(await smtp(port, address), /^250 2\.0\.0 /)
    const [copy] = await world.sink.waitFor(1)
    times.push(Date.now() - began)
    assert.deepEqual(copy?.to, ['ann@example.com'])
    assert.equal(copy?.from, `${name}+bounces-1-ann=example.com@new.example.org`)
    await rename(list.dir, list.dir.replace(/(\w+)$/, '.$1'))
    assert.match(await smtp(port, address), /^550 5\.1\.1 /)
  }
  assert.ok(Math.min(...times) < 1_000, `it took ${times.join(', ')} ms`)
})

test('its commands are known, in any case, and others are refused', options, async () => {
  await using list = await world.make('talk@new.example.org')
  assert.match(await smtp(port, 'TALK+Help@new.example.org'), /^250 /)
  const [help] = await world.sink.waitFor(1)
  assert.deepEqual(help?.to, ['joe@example.org'])
  assert.match(await smtp(port, 'talk+nonsense@new.example.org'), /^550 5\.1\.1 /)
  assert.deepEqual(await list.names('archive'), [])
})

test('the delimiter of a list is its own', options, async () => {
  await using _ = await world.make('chat@new.example.org', { control: { delimiter: '-\n' } })
  await using other = await world.make('chat-room@new.example.org', {
    control: { delimiter: '-\n' },
  })
  assert.match(await smtp(port, 'chat-help@new.example.org'), /^250 /)
  const [help] = await world.sink.waitFor(1)
  assert.equal(help?.from, 'chat-bounces-help@new.example.org')
  world.sink.taken.splice(0)
  assert.match(await smtp(port, 'chat-room@new.example.org'), /^250 /)
  await world.sink.waitFor(1)
  assert.deepEqual([...(await other.archive()).keys()], [1])
})

test('lists in folders of domains are told apart', options, async () => {
  await using one = await world.make('talk@new.example.org', { folder: 'new.example.org' })
  await using two = await world.make('talk@deep.example.org', { folder: 'deep.example.org' })
  assert.match(await smtp(port, 'talk@deep.example.org'), /^250 /)
  await world.sink.waitFor(1)
  assert.deepEqual([...(await one.archive()).keys()], [])
  assert.deepEqual([...(await two.archive()).keys()], [1])
})

test('a list with a second address takes mail for both', options, async () => {
  await using list = await world.make('talk@new.example.org', {
    control: { listaddress: 'talk@new.example.org\nold@deep.example.org\n', tocc: '' },
  })
  for (const to of ['talk@new.example.org', 'old@deep.example.org'])
    assert.match(await smtp(port, to), /^250 /)
  await world.sink.waitFor(2)
  assert.deepEqual([...(await list.archive()).keys()], [1, 2])
})

test('no address smuggles a recipient into the rewriting', options, async () => {
  await using _ = await world.make('talk@new.example.org')
  const words = [
    'bounces-1,mary=x',
    'bounces-1 mary',
    'get-1,mary@example.com',
    'get-1>(x)',
    'get-1:a;',
  ]
  for (const word of words) {
    const reply = await smtp(port, `"talk+${word}"@new.example.org`)
    assert.match(reply, /^5\d\d 5\./, word)
  }
  assert.deepEqual(world.sink.taken, [])
  assert.equal(await world.postfix.queued(), 0)
})

test('other addresses of a domain with lists go where they went', options, async () => {
  assert.match(await smtp(port, 'mary@lists.example.org'), /^250 /)
  const [mail] = await world.sink.waitFor(1)
  assert.deepEqual(mail?.to, ['mary@lists.example.org'])
  world.sink.taken.splice(0)
  assert.match(await smtp(port, 'news@lists.example.org'), /^250 /)
  const [copy] = await world.sink.waitFor(1)
  assert.deepEqual(copy?.to, ['ann@example.com'])
})

test(
  'while the service is down list mail waits outside, and other mail goes on',
  options,
  async () => {
    await using list = await world.make('talk@new.example.org')
    await world.stop()
    assert.match(await smtp(port, 'talk@new.example.org'), /^451 4\.3\.0 /)
    assert.match(await smtp(port, 'ann@example.com'), /^250 /)
    const [mail] = await world.sink.waitFor(1)
    assert.deepEqual(mail?.to, ['ann@example.com'])
    world.sink.taken.splice(0)
    await world.start()
    assert.match(await smtp(port, 'talk@new.example.org'), /^250 /)
    await world.sink.waitFor(1)
    assert.deepEqual([...(await list.archive()).keys()], [1])
  },
)

test('a spool that is away is no reason to refuse a list', options, async () => {
  await using list = await world.make('talk@new.example.org')
  await rename(world.spoolDir, `${world.spoolDir}.away`)
  assert.match(await smtp(port, 'talk@new.example.org'), /^451 4\.3\.0 /)
  await rename(`${world.spoolDir}.away`, world.spoolDir)
  assert.match(await smtp(port, 'talk@new.example.org'), /^250 /)
  await world.sink.waitFor(1)
  await until(async () => (await list.archive()).size === 1)
})

test(
  'without a dummy domain, as docs/mail-servers.md has it for relay domains',
  options,
  async () => {
    await using list = await world.make('club@relay.example.org')
    const { configDir } = world.postfix
    const { socketmapPort, lmtpPort } = world.ports
    const settings = [
      'relay_domains=relay.example.org',
      `relay_recipient_maps=socketmap:inet:127.0.0.1:${socketmapPort}:recipients`,
      `transport_maps=inline:{ relay.example.org=lmtp:inet:127.0.0.1:${lmtpPort} }`,
    ]
    for (const [path, ...args] of [
      ['/usr/sbin/postconf', '-e', ...settings],
      ['/usr/sbin/postfix', 'reload'],
    ] as const)
      await run(path, ['-c', configDir, ...args], { ms: 60_000 })
    await pause(1_000)
    assert.match(await smtp(port, 'club+help@relay.example.org'), /^250 /)
    assert.match(await smtp(port, 'joe@relay.example.org'), /^550 5\.1\.1 /)
    const [help] = await world.sink.waitFor(1)
    assert.equal(help?.from, 'club+bounces-help@relay.example.org')
    assert.deepEqual(await list.names('archive'), [])
  },
)
