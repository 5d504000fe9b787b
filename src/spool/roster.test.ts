import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readdir, readlink, rm, stat, symlink } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../base/events.ts'
import { parseAddress } from '../message/address.ts'
import { scratchList, type ScratchList } from './_scratch-list.ts'
import { rosterOf, type Change, type SubscriberKind } from './roster.ts'

function add(address: string, kind: SubscriberKind = 'normal'): Change {
  return { do: 'add', address: parseAddress(address), kind }
}

function remove(address: string, kind: SubscriberKind = 'normal'): Change {
  return { do: 'remove', address: parseAddress(address), kind }
}

async function flat(batches: AsyncIterable<readonly string[]>): Promise<string[]> {
  const all: string[] = []
  for await (const batch of batches) all.push(...batch)
  return all
}

async function change(list: ScratchList, ...changes: Change[]): Promise<readonly string[]> {
  return rosterOf(list.dir).change(changes)
}

test('an address is stored in lower case in the file of its first byte, mode 0600', async () => {
  await using list = await scratchList()
  assert.deepEqual(await change(list, add('Ann@Example.org')), ['added'])
  assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\n')
  assert.equal((await stat(list.path('subscribers.d/a'))).mode & 0o777, 0o600)
  assert.equal(await rosterOf(list.dir).has('aNN@example.ORG'), true)
})

test('a first byte that is no UTF-8 makes a file name of that byte', async () => {
  await using list = await scratchList()
  const address = Buffer.from('éva@example.org').toString('latin1')
  assert.deepEqual(await change(list, add(address)), ['added'])
  const names = await readdir(list.path('subscribers.d'), { encoding: 'buffer' })
  assert.deepEqual(names, [Buffer.from([0xc3])])
  assert.equal(await rosterOf(list.dir).has(address), true)
  assert.deepEqual(await change(list, remove(address)), ['removed'])
  assert.deepEqual(await readdir(list.path('subscribers.d')), [])
})

test('change() answers for each change in order, as if they were done one by one', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/j', 'joe@example.org\n')
  assert.deepEqual(
    await change(
      list,
      add('JOE@example.org'),
      remove('joe@example.org'),
      remove('joe@example.org'),
      add('ann@example.org'),
      add('ann@example.org'),
      add('ann@example.org', 'digest'),
      remove('bob@example.org', 'nomail'),
    ),
    ['already', 'removed', 'absent', 'added', 'already', 'added', 'absent'],
  )
  assert.equal(await list.read('subscribers.d/j'), undefined)
  assert.deepEqual(await rosterOf(list.dir).kindsOf('ann@example.org'), ['normal', 'digest'])
})

test('removal takes every match in every file, and leaves all other bytes', async () => {
  await using list = await scratchList()
  const junk =
    '\n# note\nJoe@Example.org\r\njoe@example.or\n joe@example.org \nzoe@example.org\r\n\n'
  await list.write('subscribers.d/j', `${junk}joe@example.org`)
  await list.write('subscribers.d/x.bak', 'joe@example.org\nx@example.org')
  assert.deepEqual(await change(list, remove('joe@example.org')), ['removed'])
  assert.equal(
    await list.read('subscribers.d/j'),
    '\n# note\njoe@example.or\nzoe@example.org\r\n\n',
  )
  assert.equal(await list.read('subscribers.d/x.bak'), 'x@example.org')
})

test('a missing last line end is kept on removal, and added before somebody joins', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/a', 'ann@example.org\nabe@example.org')
  await change(list, remove('ann@example.org'))
  assert.equal(await list.read('subscribers.d/a'), 'abe@example.org')
  await change(list, add('amy@example.org'))
  assert.equal(await list.read('subscribers.d/a'), 'abe@example.org\namy@example.org\n')
})

test('removing the last lines keeps the line end of those before', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/a', 'ann@example.org\nabe@example.org')
  await change(list, remove('abe@example.org'))
  assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\n')
})

test('addresses that begin with a dot or a slash cannot join, but can leave', async () => {
  await using list = await scratchList()
  await assert.rejects(change(list, add('.ann@example.org')), { code: 'badAddress' })
  await assert.rejects(change(list, add('ok@example.org'), add('/x@example.org')), {
    code: 'badAddress',
  })
  assert.deepEqual(await readdir(list.path('subscribers.d')), [])
  await list.write('subscribers.d/odd', '.ann@example.org\n')
  assert.deepEqual(await change(list, remove('.ann@example.org')), ['removed'])
})

test('what is no plain file, hidden or half written is not read and does no harm', async () => {
  await using list = await scratchList()
  const dir = list.path('subscribers.d')
  await mkdir(`${dir}/d`)
  spawnSync('mkfifo', [`${dir}/f`])
  await symlink('/nonexistent', `${dir}/l`)
  await symlink('loop', `${dir}/loop`)
  await list.write('subscribers.d/.a.lock', 'no@example.org\n')
  await list.write('subscribers.d/a.new', 'no@example.org\n')
  await list.write('subscribers.d/a', 'ann@example.org\n')
  const roster = rosterOf(list.dir)
  assert.deepEqual(await flat(roster.subscribers('normal')), ['ann@example.org'])
  assert.equal(await roster.count('normal'), 1)
  assert.equal(await roster.has('no@example.org'), false)
  assert.deepEqual(await change(list, remove('ann@example.org')), ['removed'])
  for (const address of ['d@example.org', 'f@example.org'])
    await assert.rejects(change(list, add(address)), { code: 'spoolTrouble' })
  assert.deepEqual(await change(list, add('l@example.org')), ['added'])
  assert.equal(await list.read('subscribers.d/l'), 'l@example.org\n')
})

test('change() lets go of every file that it replaced', async () => {
  await using list = await scratchList()
  const held = async () => {
    const names = await readdir('/proc/self/fd')
    const files = names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ''))
    return (await Promise.all(files)).filter((path) => path.includes(list.dir))
  }
  // Node tells of each that it closed in place of us.
  const warnings: string[] = []
  const listen = ({ message }: Error) => void warnings.push(message)
  process.on('warning', listen)
  for (let n = 0; n < 20; n++) await change(list, add(`a${n}@example.org`))
  for (let tries = 0; (await held()).length > 0 && tries < 500; tries++) await sleep(10)
  process.off('warning', listen)
  assert.deepEqual([await held(), warnings], [[], []])
})

test('a subscriber file behind a link is changed where it is', async () => {
  await using list = await scratchList()
  await list.write('shared', 'ann@example.org\n')
  await symlink(list.path('shared'), list.path('subscribers.d/a'))
  await change(list, add('abe@example.org'))
  assert.equal(await list.read('shared'), 'ann@example.org\nabe@example.org\n')
  assert.equal(await rosterOf(list.dir).has('abe@example.org'), true)
})

test('subscribers() passes over what is no address, reports it, and says nobody twice', async () => {
  await using list = await scratchList()
  const told: unknown[] = []
  const listen = (line: unknown) => void told.push(line)
  log.subscribe(listen)
  try {
    const lines = [
      'ann@example.org\r',
      '',
      ' Abe@example.org ',
      'ANN@example.org',
      '# x@y',
      'a',
      'b',
      'c',
    ]
    await list.write('subscribers.d/a', lines.join('\n'))
    const found = await flat(rosterOf(list.dir).subscribers('normal'))
    assert.deepEqual(found, ['ann@example.org', 'Abe@example.org'])
    assert.equal(told.length, 3)
    assert.match(String(told[0]), /line-ignored .*subscribers\.d\/a.* line=5 /)
  } finally {
    log.unsubscribe(listen)
  }
})

test('lines() and count() see every line, blank ones too, as mlmmj-list does', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/a', 'ann@example.org\r\n\njunk\n')
  await list.write('subscribers.d/b', '\nbob@example.org')
  const roster = rosterOf(list.dir)
  const expected = ['ann@example.org', '', 'junk', '', 'bob@example.org']
  assert.deepEqual(await flat(roster.lines('normal')), expected)
  assert.equal(await roster.count('normal'), 5)
  assert.equal(await roster.count('digest'), 0)
})

test('directories that are missing are empty, and are made for who joins', async () => {
  await using list = await scratchList()
  await rm(list.path('digesters.d'), { recursive: true })
  const roster = rosterOf(list.dir)
  assert.deepEqual(await flat(roster.subscribers('digest')), [])
  assert.equal(await roster.has('ann@example.org'), false)
  assert.deepEqual(await change(list, remove('ann@example.org', 'digest')), ['absent'])
  assert.deepEqual(await change(list, add('ann@example.org', 'digest')), ['added'])
  assert.deepEqual(await roster.kindsOf('ann@example.org'), ['digest'])
})

test('a directory that its group may write gets files that its group may write', async () => {
  await using list = await scratchList()
  await chmod(list.path('subscribers.d'), 0o770)
  await change(list, add('ann@example.org'))
  const [file, dir] = [
    await stat(list.path('subscribers.d/a')),
    await stat(list.path('subscribers.d')),
  ]
  assert.equal(file.mode & 0o777, 0o660)
  assert.equal(file.gid, dir.gid)
})

test('lines that lie across the blocks of a large file are found and kept whole', async () => {
  await using list = await scratchList()
  const many = Array.from({ length: 40_000 }, (_, n) => `a${n}@example.org`)
  await list.write('subscribers.d/a', many.join('\n'))
  const roster = rosterOf(list.dir)
  assert.deepEqual(await flat(roster.subscribers('normal')), many)
  assert.equal(await roster.count('normal'), many.length)
  assert.equal(await roster.has('A39999@example.org'), true)
  const gone = many.filter((_, n) => n % 7 === 0)
  const results = await roster.change(gone.map((address) => remove(address)))
  assert.ok(results.every((result) => result === 'removed'))
  assert.deepEqual(
    await flat(roster.subscribers('normal')),
    many.filter((_, n) => n % 7 !== 0),
  )
})

test('a line of megabytes is passed over, and a file that has one is not written', async () => {
  await using list = await scratchList()
  const content = `ann@example.org\n${'x'.repeat(3_000_000)}@example.org\nabe@example.org\n`
  await list.write('subscribers.d/a', content)
  const roster = rosterOf(list.dir)
  const found = await flat(roster.subscribers('normal'))
  assert.deepEqual(found, ['ann@example.org', 'abe@example.org'])
  assert.equal((await flat(roster.lines('normal'))).length, await roster.count('normal'))
  await assert.rejects(change(list, remove('ann@example.org')), { code: 'spoolTrouble' })
  assert.equal(await list.read('subscribers.d/a'), content)
})

test('folding is for ASCII letters alone', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/x', '\xc3\x89va@example.org\n')
  assert.equal(await rosterOf(list.dir).has('\xc3\xa9va@example.org'), false)
  assert.equal(await rosterOf(list.dir).has('\xc3\x89VA@example.org'), true)
})
