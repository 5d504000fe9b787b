import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { run } from '../_program.ts'
import { pause, until } from '../_until.ts'
import { mapsWorld, smtp, type MapsWorld } from './_maps-world.ts'
import { withoutPostfix } from './_postfix.ts'

const options = { skip: withoutPostfix, timeout: 120_000 }
const domains = { listDomains: ['new.example.org', 'deep.example.org'] }
let world: MapsWorld
let port = 0
let pipe = { user: 'nobody', client: '', tokenFile: '/etc/token' }

/** What Postfix gave the program of the pipe: its arguments, then the mail. */
async function taken(): Promise<string[]> {
  const dir = join(world.postfix.scratch, 'taken')
  const names = (await readdir(dir)).filter((name) => name.endsWith('.mail')).sort()
  return await Promise.all(names.map((name) => readFile(join(dir, name), 'latin1')))
}

async function argumentsOf(count: number): Promise<string[]> {
  await until(async () => (await taken()).length >= count)
  return (await taken()).map((text) => text.split('\n')[0] ?? '')
}

before(async () => {
  if (withoutPostfix !== false) return
  world = await mapsWorld()
  const { scratch } = world.postfix
  const client = join(scratch, 'client')
  const script = `#!/bin/sh
out=${scratch}/taken/$$
{ for word; do printf '[%s] ' "$word"; done; echo; cat; } > $out && mv $out $out.mail
`
  await writeFile(client, script)
  await chmod(client, 0o755)
  pipe = { ...pipe, client }
  await world.start()
  port = world.postfix.inPort
})

beforeEach(async () => {
  if (withoutPostfix !== false) return
  const dir = join(world.postfix.scratch, 'taken')
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir)
  await chmod(dir, 0o777)
  world.sink.taken.splice(0)
})

after(async () => {
  await world?.[Symbol.asyncDispose]()
})

/** Until a table that Postfix watches has been written and seen. */
async function accepted(to: string): Promise<void> {
  let reply = ''
  await until(
    async () => (reply = await smtp(port, to)).startsWith('250 '),
    20_000,
    () => `${to} taken instead of ${reply}`,
  )
}

test('a database made by postmap brings mail to the pipe, without a reload', options, async () => {
  await until(async () => (await readdir(world.confDir)).some((name) => /\.(db|lmdb)$/.test(name)))
  const names = await readdir(world.confDir)
  const type = names.includes('virtual.lmdb') ? 'lmdb' : 'hash'
  const maps = { dir: world.confDir, type } as const
  await world.apply({ ...domains, mode: 'pipe', lookup: 'maps', maps, pipe })
  // Every process has read the tables before there is a list.
  assert.match(await smtp(port, 'mary@lists.example.org'), /^250 /)
  await world.sink.waitFor(1)
  world.sink.taken.splice(0)
  await using _ = await world.make('talk@new.example.org')
  await using __ = await world.make('club@deep.example.org', { folder: 'deep.example.org' })
  const transport = join(world.confDir, 'transport')
  await until(async () => /talk[^]*club|club[^]*talk/.test(await readFile(transport, 'utf8')))
  // Postfix looks every ten seconds whether the table of transports has changed; the process that
  // has read the old one goes on while somebody asks it at least every five.
  await pause(16_500)
  await accepted('talk+help@new.example.org')
  const [first = ''] = await argumentsOf(1)
  assert.match(first, /^\[--mlmmj\] \[127\.0\.0\.1\] \[--port\] \[\d+\] \[--token-file\] /)
  const envelope = '[--sender] [joe@example.org] [--recipient] [talk+help@new.example.org]'
  assert.ok(first.endsWith(` ${envelope} [talk] `), first)
  assert.match((await taken())[0] ?? '', /^Return-Path: <joe@example\.org>$/m)

  await accepted('club@deep.example.org')
  assert.match(await smtp(port, 'talk@new.example.org', { from: '' }), /^250 /)
  const all = await argumentsOf(3)
  assert.ok(all.some((line) => line.endsWith('[club@deep.example.org] [deep.example.org/club] ')))
  assert.ok(all.some((line) => line.includes('[--sender] [] [--recipient] [talk@new.example.org]')))

  assert.match(await smtp(port, 'other@new.example.org'), /^550 5\.1\.1 /)
  assert.match(await smtp(port, 'mary@lists.example.org'), /^250 /)
  assert.deepEqual((await world.sink.waitFor(1))[0]?.to, ['mary@lists.example.org'])
})

test('regexp tables know the delimiter of each list, after a reload', options, async () => {
  await using _ = await world.make('chat@new.example.org', { control: { delimiter: '-\n' } })
  await using __ = await world.make('Chat-Room@new.example.org', { control: { delimiter: '-\n' } })
  const maps = { dir: world.confDir, type: 'regexp' } as const
  const virtual = join(world.confDir, 'virtual.regexp')
  await until(async () => (await readFile(virtual, 'utf8')).includes('Chat-Room'))
  await world.apply({ ...domains, mode: 'pipe', lookup: 'maps', maps, pipe })
  for (const to of ['chat-help@new.example.org', 'chat-room-help@new.example.org'])
    assert.match(await smtp(port, to), /^250 /)
  const ends = (await argumentsOf(2)).map((line) => line.split('[--recipient] ')[1]).sort()
  assert.deepEqual(ends, [
    '[chat-help@new.example.org] [chat] ',
    '[chat-room-help@new.example.org] [Chat-Room] ',
  ])
  assert.match(await smtp(port, '"chat-a,b"@new.example.org'), /^550 5\.1\.1 /)
})

test(
  'maps and LMTP: what was taken while the service is down is delivered later, once',
  options,
  async () => {
    await using list = await world.make('talk@new.example.org')
    await until(async () =>
      (await readFile(join(world.confDir, 'virtual'), 'utf8')).includes('talk@'),
    )
    const maps = { dir: world.confDir, type: 'texthash' } as const
    await world.apply({ ...domains, mode: 'lmtp', lookup: 'maps', maps })
    await world.stop()
    assert.match(await smtp(port, 'talk@new.example.org'), /^250 /)
    await until(async () => /lmtp.*status=deferred/.test(await world.postfix.log()))
    assert.deepEqual(await list.names('incoming'), [])
    await world.start()
    await world.postfix.flush()
    await world.sink.waitFor(1)
    assert.deepEqual([...(await list.archive()).keys()], [1])
    assert.ok(!/status=bounced/.test(await world.postfix.log()))
  },
)

test('every table that is written is one that Postfix can read', options, async () => {
  await using _ = await world.make('talk@new.example.org', {
    control: { listaddress: 'talk@new.example.org\n#x@new.example.org\n/./ root\n a b\n' },
  })
  await using __ = await world.make('odd@new.example.org', { control: { delimiter: '/ root\n' } })
  await until(async () => (await readFile(join(world.confDir, 'virtual'), 'utf8')).includes('odd@'))
  for (const name of ['virtual', 'transport'])
    for (const table of [
      `texthash:${world.confDir}/${name}`,
      `regexp:${world.confDir}/${name}.regexp`,
    ]) {
      const asked = await run('/usr/sbin/postmap', [
        ...['-c', world.postfix.configDir],
        ...['-q', name === 'virtual' ? 'odd@new.example.org' : 'talk@localhost.mlmmj', table],
      ])
      assert.equal(asked.stderr, '', table)
      assert.equal(asked.stdout, name === 'virtual' ? 'odd@localhost.mlmmj\n' : 'mlmmj:talk\n')
    }
})
