import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { test } from 'node:test'
import { takeLock } from './lock.ts'
import { readLastDigest, settleDigests, writeLastDigest } from './last-digest.ts'
import { scratchList, type ScratchList } from './_scratch-list.ts'

const cases = {
  '1042:1700000000:17\n': [1042, 1_700_000_000, 17],
  '1042:1700000000:17': [1042, 1_700_000_000, 17],
  '1042:1700000000:17\r\n': [1042, 1_700_000_000, 17],
  '1042:1700000000\n': [1042, 1_700_000_000, 0],
  '1042:1700000000': [1042, 1_700_000_000, 0],
  '5:6:7\n0:17\nleft over': [5, 6, 7],
  '': [0, 0, 0],
  '\n': [0, 0, 0],
} as const

for (const [content, [lastPost, lastAt, issue]] of Object.entries(cases))
  test(`readLastDigest() understands ${JSON.stringify(content)}`, async () => {
    await using list = await scratchList()
    await list.write('lastdigest', content)
    assert.deepEqual((await readLastDigest(list.dir)).state, { lastPost, lastAt, issue })
  })

for (const content of ['junk', '12', '1:2:3:4\n', '1:x:3', '-1:2:3', `${'9'.repeat(20)}:1:1`])
  test(`readLastDigest() calls ${content.trim()} garbage`, async () => {
    await using list = await scratchList()
    await list.write('lastdigest', content)
    assert.deepEqual(await readLastDigest(list.dir), {
      state: undefined,
      garbage: content.trim(),
    })
  })

test('readLastDigest() begins with zeros when the file is missing', async () => {
  await using list = await scratchList()
  assert.deepEqual(await readLastDigest(list.dir), { state: { lastPost: 0, lastAt: 0, issue: 0 } })
})

test('writeLastDigest() leaves nothing of a longer line', async () => {
  await using list = await scratchList()
  await list.write('lastdigest', '1042:1700000000:17 and more\n')
  await using held = await takeLock(list.dir, 'digest')
  await writeLastDigest(list.dir, held, { lastPost: 5, lastAt: 6, issue: 7 })
  assert.equal(await list.read('lastdigest'), '5:6:7\n')
})

async function settled(list: ScratchList): Promise<string | undefined> {
  await using held = await takeLock(list.dir, 'digest')
  await settleDigests(list.dir, held, 99_999)
  return await list.read('lastdigest')
}

test('settleDigests() counts digests that stand there uncounted', async () => {
  await using list = await scratchList()
  await list.write('lastdigest', '40:1:9\n')
  for (const name of ['digest.10.41.50', 'digest.11.51.52', 'digest.9.31.40'])
    await mkdir(list.path(`requeue/${name}`))
  assert.equal(await settled(list), '52:99:11\n')
  assert.equal(await settled(list), '52:99:11\n')
})

test('settleDigests() passes over everything that does not follow', async () => {
  await using list = await scratchList()
  await list.write('lastdigest', '40:1:9\n')
  for (const name of [
    'digest.10.1.50',
    'digest.11.41.52',
    'digest',
    '41',
    'digest.0123456789abcdef',
  ])
    await mkdir(list.path(`requeue/${name}`))
  assert.equal(await settled(list), '40:1:9\n')
})

test('settleDigests() leaves garbage alone', async () => {
  await using list = await scratchList()
  await list.write('lastdigest', 'junk')
  await mkdir(list.path('requeue/digest.1.1.5'))
  assert.equal(await settled(list), 'junk')
})
