import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { isFault } from '../../src/base/fault.ts'
import { listTables, type ListTablesOptions } from '../../src/flows/list-tables.ts'

const lmtp = 'lmtp:inet:127.0.0.1:8024'

async function spool(options: Partial<ListTablesOptions> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-tables-'))
  const path = (name: string) => join(dir, name)
  return {
    dir,
    path,
    tables: listTables({ spoolDir: dir, dummyDomain: 'localhost.mlmmj', route: lmtp, ...options }),
    async make(name: string, listaddress: string, delimiter?: string) {
      const draft = path(`.${name.replace('/', '-')}`)
      await mkdir(join(draft, 'control'), { recursive: true })
      await writeFile(join(draft, 'control', 'listaddress'), listaddress)
      if (delimiter !== undefined) await writeFile(join(draft, 'control', 'delimiter'), delimiter)
      await mkdir(dirname(path(name)), { recursive: true })
      await rename(draft, path(name))
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

test('virtual turns an address of a list into its dummy address, with its extension', async () => {
  await using place = await spool()
  await place.make('talk', 'talk@example.org\nold@example.net\n')
  await place.make('example.net/news', 'news@example.net\n', '-')
  const asked = (key: string) => place.tables.lookUp('virtual', key)
  assert.equal(await asked('Talk@Example.org'), 'talk@localhost.mlmmj')
  assert.equal(await asked('old+help@example.net'), 'talk+help@localhost.mlmmj')
  assert.equal(await asked('news-get-7@example.net'), 'news-get-7@example.net.localhost.mlmmj')
  const odd = [
    'talk@example.net',
    'talk+nonsense@example.org',
    'talk',
    '@example.org',
    'example.org',
  ]
  for (const key of [...odd, '', 'talk@localhost.mlmmj', 'talk+help@localhost.mlmmj'])
    assert.equal(await asked(key), undefined, key)
})

test('transport says where the mail of a list goes, and never bounces for the dummy domain', async () => {
  await using place = await spool()
  await place.make('talk', 'talk@example.org\n')
  const asked = (key: string) => place.tables.lookUp('transport', key)
  for (const key of ['talk@localhost.mlmmj', 'talk+help@localhost.mlmmj', 'TALK@localhost.MLMMJ'])
    assert.equal(await asked(key), lmtp, key)
  for (const key of ['gone@localhost.mlmmj', 'x@y.localhost.mlmmj'])
    assert.match((await asked(key)) ?? '', /^retry:4\./, key)
  for (const key of ['talk@example.org', 'joe@example.org', '*', 'localhost.mlmmj', 'example.org'])
    assert.equal(await asked(key), undefined, key)

  await using other = await spool({ route: 'mlmmj:' })
  await other.make('example.org/talk', 'talk@example.org\n')
  const key = 'talk@example.org.localhost.mlmmj'
  assert.equal(await other.tables.lookUp('transport', key), 'mlmmj:example.org/talk')
})

test('recipients knows the addresses that exist', async () => {
  await using place = await spool()
  await place.make('talk', 'talk@example.org\n')
  assert.equal(await place.tables.lookUp('recipients', 'talk+owner@example.org'), 'OK')
  assert.equal(await place.tables.lookUp('recipients', 'joe@example.org'), undefined)
})

test('a list is known the moment it exists, and unknown the moment it does not', async () => {
  await using place = await spool()
  await place.make('other', 'other@example.org\n')
  for (let round = 0; round < 20; round++) {
    const address = `list${round}@example.org`
    const asked = () => place.tables.lookUp('virtual', address)
    assert.equal(await asked(), undefined)
    await place.make(`list${round}`, `${address}\n`)
    assert.equal(await asked(), `list${round}@localhost.mlmmj`)
    await writeFile(join(place.path(`list${round}`), 'control', 'listaddress'), 'new@example.org\n')
    assert.equal(await asked(), undefined)
    await rm(place.path(`list${round}`), { recursive: true })
    assert.equal(await place.tables.lookUp('virtual', 'new@example.org'), undefined)
  }
})

test('questions at the same time see what was there when they were asked', async () => {
  await using place = await spool()
  const rounds = Array.from({ length: 50 }, async (_, n) => {
    await place.make(`l${n}`, `l${n}@example.org\n`)
    return await place.tables.lookUp('recipients', `l${n}@example.org`)
  })
  assert.deepEqual(
    await Promise.all(rounds),
    rounds.map(() => 'OK'),
  )
})

test('a spool without any list is trouble: its disk may not be mounted', async () => {
  await using place = await spool()
  for (const key of ['talk@example.org', 'talk@localhost.mlmmj']) {
    const table = key.endsWith('.org') ? 'virtual' : 'transport'
    await assert.rejects(place.tables.lookUp(table, key), (thrown) =>
      isFault(thrown, 'spoolTrouble'),
    )
  }
  assert.equal(await place.tables.lookUp('transport', 'joe@example.org'), undefined)
})

test('a spool that is not there is trouble, not an empty one', async () => {
  await using place = await spool()
  await place.make('talk', 'talk@example.org\n')
  await rename(place.dir, `${place.dir}.away`)
  for (const table of ['virtual', 'recipients'] as const)
    await assert.rejects(place.tables.lookUp(table, 'talk@example.org'), (thrown) =>
      isFault(thrown, 'spoolTrouble'),
    )
  await rename(`${place.dir}.away`, place.dir)
  assert.equal(await place.tables.lookUp('recipients', 'talk@example.org'), 'OK')
})

test('a list that cannot be read is trouble for addresses that may be its own, and no others', async () => {
  await using place = await spool()
  await place.make('talk', 'talk@example.org\n')
  await place.make('news', 'news@example.org\n')
  const file = join(place.path('talk'), 'control', 'listaddress')
  await rm(file)
  // A link to itself cannot be opened, not even by root.
  await symlink('listaddress', file)
  for (const key of ['talk@example.org', 'talk+help@example.org', 'TALK-help@example.org'])
    await assert.rejects(place.tables.lookUp('virtual', key), (thrown) =>
      isFault(thrown, 'spoolTrouble'),
    )
  assert.equal(await place.tables.lookUp('virtual', 'joe@example.org'), undefined)
  assert.equal(await place.tables.lookUp('recipients', 'news@example.org'), 'OK')
})

test('find() knows the directory of a recipient, by either of its addresses', async () => {
  await using place = await spool()
  await place.make('example.net/news', 'news@example.net\n')
  const listDir = place.path('example.net/news')
  const { find } = place.tables
  assert.deepEqual(await find('news@example.net'), { listDir, extension: '' })
  const dummy = 'news+help@example.net.localhost.mlmmj'
  assert.deepEqual(await find(dummy), { listDir, extension: 'help' })
  assert.equal(await find('news@localhost.mlmmj'), undefined)
})

test('lists keep to the domains they may have', async () => {
  await using place = await spool({ domains: ['example.org'] })
  await place.make('talk', 'talk@example.org\nboss@example.net\n')
  assert.equal(await place.tables.lookUp('recipients', 'talk@example.org'), 'OK')
  assert.equal(await place.tables.lookUp('recipients', 'boss@example.net'), undefined)
})

test('a dummy domain or a route that could break out of a map is refused', () => {
  const usual = { spoolDir: '/nonexistent', dummyDomain: 'localhost.mlmmj', route: 'mlmmj:' }
  for (const odd of [
    { dummyDomain: 'a b' },
    { dummyDomain: '' },
    { route: 'x' },
    { route: 'a:b c' },
  ])
    assert.throws(
      () => listTables({ ...usual, ...odd }),
      (thrown) => isFault(thrown, 'badUsage'),
    )
})

test('a thousand lists are looked through quickly enough for each mail', async () => {
  await using place = await spool()
  for (let n = 0; n < 1_000; n++) await place.make(`list${n}`, `list${n}@example.org\n`)
  await place.tables.mapping()
  const timed = async (key: string) => {
    const began = performance.now()
    for (let n = 0; n < 10; n++) await place.tables.lookUp('recipients', key)
    return (performance.now() - began) / 10
  }
  const [known, unknown] = [await timed('list500@example.org'), await timed('joe@example.org')]
  // Far above what it takes (some milliseconds, and some tens), so that a busy machine passes too.
  assert.ok(known < 500 && unknown < 1_000, `${known} ms, ${unknown} ms`)
})
