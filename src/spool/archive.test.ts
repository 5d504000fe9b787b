import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { archivedHolds, archivedPosts, newestPost, readArchived } from './archive.ts'
import { scratchList } from './_scratch-list.ts'

test('archivedPosts() lists a range and the next one, in the order of numbers', async () => {
  await using list = await scratchList()
  for (const name of ['2', '10', '9', '11', '15', '4.mailfrom', '007', '0', 'x'])
    await list.write(`archive/${name}`, name)
  const found = await archivedPosts(list.dir, { first: 3, last: 10, newest: 15 })
  assert.deepEqual(
    found.map(({ number, bytes }) => [number, bytes]),
    [
      [9, 1],
      [10, 2],
      [11, 2],
    ],
  )
  assert.ok(Math.abs((found[0]?.arrivedAt ?? 0) - Date.now()) < 60_000)
})

test('archivedPosts() finds nothing where nothing is', async () => {
  await using list = await scratchList()
  assert.deepEqual(await archivedPosts(list.dir, { first: 1, last: 50, newest: 60 }), [])
})

test('archivedPosts() passes over any number of posts that are missing', async () => {
  await using list = await scratchList()
  for (const name of ['3', '5000', '6000']) await list.write(`archive/${name}`, name)
  const numbers = async (first: number, last: number, newest: number) =>
    (await archivedPosts(list.dir, { first, last, newest })).map(({ number }) => number)
  assert.deepEqual(await numbers(1, 50, 6_000), [3, 5_000])
  assert.deepEqual(await numbers(1, 5_000, 6_000), [3, 5_000, 6_000])
  assert.deepEqual(await numbers(5_999, 6_000, 6_000), [6_000])
})

test('readArchived() gives a mail in pieces, and a fault for one that is not there', async () => {
  await using list = await scratchList()
  const mail = `Subject: x\n\n${'y'.repeat(600_000)}`
  await list.write('archive/1', mail)
  const pieces: Buffer[] = []
  for await (const piece of readArchived(list.dir, 1)) pieces.push(piece)
  assert.ok(pieces.length > 1)
  assert.equal(Buffer.concat(pieces).toString('latin1'), mail)
  await assert.rejects(
    readArchived(list.dir, 2).next(),
    (thrown) => isFault(thrown, 'spoolTrouble') && /archive\/2/.test(thrown.message),
  )
})

test('archivedHolds() finds a text that two pieces share', async () => {
  await using list = await scratchList()
  await list.write('archive/1', `${'y'.repeat(262_140)}0123456789abcdef tail`)
  assert.equal(await archivedHolds(list.dir, 1, '0123456789abcdef'), true)
  assert.equal(await archivedHolds(list.dir, 1, 'fedcba9876543210'), false)
})

for (const [content, number] of [
  ['', 0],
  ['42', 42],
  ['7\nrest', 7],
  ['807\n', 807],
  ['junk', undefined],
  ['-3', undefined],
  ['9'.repeat(30), undefined],
] as const)
  test(`newestPost() reads ${JSON.stringify(content)} as ${number}`, async () => {
    await using list = await scratchList()
    await list.write('index', content)
    assert.equal((await newestPost(list.dir))?.number, number)
  })

test('newestPost() is undefined without an index', async () => {
  await using list = await scratchList()
  assert.equal(await newestPost(list.dir), undefined)
})
