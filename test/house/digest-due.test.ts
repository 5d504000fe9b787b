import assert from 'node:assert/strict'
import { utimes } from 'node:fs/promises'
import { test } from 'node:test'
import { commitPost } from '../../src/spool/post-commit.ts'
import { post } from '../_mail.ts'
import { startSink } from '../_sink.ts'
import { digestOf, houseWith, listWithPosts, takeApart } from './_digest-list.ts'

const posts = [post({ subject: 'one' }), post({ subject: 'two' }), post({ subject: 'three' })]
const nobody = { digesters: [] }

/** A date of the past for the state of the list, and a house whose clock stands at `now`. */
const now = Date.now()
const seconds = Math.floor(now / 1_000)
const house = houseWith({ now: () => now })

test('a digest is due after digestinterval, and not before', async () => {
  await using list = await listWithPosts(1, posts, {
    ...nobody,
    control: { digestinterval: '1000\n' },
    files: { lastdigest: `1:${seconds - 999}:4\n` },
  })
  await digestOf(list, house)
  assert.equal(await list.read('lastdigest'), `1:${seconds - 999}:4\n`)
  await digestOf(list, houseWith({ now: () => now + 1_000 }))
  assert.equal(await list.read('lastdigest'), `3:${seconds + 1}:5\n`)
})

for (const name of ['digestmaxmails', 'digestmaxmail'])
  test(`a digest is due when control/${name} posts wait, and takes no more`, async () => {
    await using list = await listWithPosts(1, posts, {
      ...nobody,
      control: { digestinterval: '1000\n', [name]: '2\n' },
      files: { lastdigest: `0:${seconds}:0\n` },
    })
    await digestOf(list, house)
    assert.equal(await list.read('lastdigest'), `2:${seconds}:1\n`)
    await digestOf(list, house)
    assert.equal(await list.read('lastdigest'), `2:${seconds}:1\n`)
  })

test('a digest that nobody reads is counted, and nothing is put anywhere', async () => {
  await using list = await listWithPosts(1, posts, nobody)
  await digestOf(list, house)
  assert.equal(await list.read('lastdigest'), `3:${seconds}:1\n`)
  assert.deepEqual(await list.names('requeue'), [])
  assert.deepEqual(await list.names('queue'), ['discarded'])
})

test('a run without new posts moves the time on, and sends nothing', async () => {
  const files = { lastdigest: `3:${seconds - 9}:4\n` }
  await using list = await listWithPosts(1, posts, { files })
  await digestOf(list, house)
  assert.equal(await list.read('lastdigest'), `3:${seconds}:4\n`)
  assert.deepEqual(await list.names('requeue'), [])
})

test('what keeps a list from having digests is said', async () => {
  await using list = await listWithPosts(1, posts, {
    files: { index: 'junk', lastdigest: '1:2:3\n' },
  })
  assert.match((await digestOf(list, house)).join(), /^index holds no number/)
  await list.remove('index')
  assert.match((await digestOf(list, house)).join(), /^index holds no number/)
  await list.write('index', '')
  assert.deepEqual(await digestOf(list, house), [])
  await list.write('control/noarchive', '')
  assert.match((await digestOf(list, house)).join(), /^control\/noarchive is set/)
  assert.equal(await list.read('lastdigest'), '1:2:3\n')
})

test('a lastdigest that nobody can read begins anew behind the newest post', async () => {
  await using list = await listWithPosts(1, posts, { files: { lastdigest: 'junk' } })
  assert.match((await digestOf(list, house)).join(), /^lastdigest could not be read/)
  assert.equal(await list.read('lastdigest'), `3:${seconds}:0\n`)
  assert.deepEqual(await digestOf(list, house), [])
})

test('a post that is still being archived is waited for, and then in the next digest', async () => {
  await using list = await listWithPosts(1, posts, nobody)
  await list.write('index', '5')
  await list.write('archive/5', post({ subject: 'five' }))
  await digestOf(list, house)
  assert.equal(await list.read('lastdigest'), `3:${seconds}:1\n`)
  await digestOf(list, house)
  assert.equal(await list.read('lastdigest'), `3:${seconds}:1\n`)
  await list.write('archive/4', post({ subject: 'four' }))
  await digestOf(list, house)
  assert.equal(await list.read('lastdigest'), `5:${seconds}:2\n`)
})

test('a number that never came is passed over after an hour', async () => {
  await using list = await listWithPosts(1, posts, nobody)
  await list.write('index', '5')
  await utimes(list.path('index'), seconds - 3_601, seconds - 3_601)
  await digestOf(list, house)
  assert.equal(await list.read('lastdigest'), `5:${seconds}:1\n`)
})

test('two runs at the same time make one digest', async () => {
  await using sink = await startSink()
  await using list = await listWithPosts(sink.port, posts)
  await Promise.all([digestOf(list), digestOf(list), digestOf(list)])
  await sink.waitFor(3)
  assert.match((await list.read('lastdigest')) ?? '', /^3:\d+:1\n$/)
})

test('posts that come while digests are made are each in one digest', async () => {
  await using sink = await startSink()
  await using list = await listWithPosts(sink.port, [], { digesters: ['ann@example.org'] })
  async function* readers() {
    yield ['zoe@example.org']
  }
  async function comes(which: number) {
    await list.write(`queue/${which}`, post({ subject: `post ${which}` }))
    await commitPost(list.dir, list.path(`queue/${which}`), true, readers)
  }
  for (let round = 0; round < 8; round++) {
    const some = [1, 2, 3, 4, 5].map((place) => comes(round * 5 + place))
    await Promise.all([...some, digestOf(list)])
  }
  await digestOf(list)
  const names = sink.taken.flatMap(({ mail }) =>
    takeApart(mail).parts.flatMap(({ header }) => /talk_(\d+)\.eml/.exec(header.at(-1) ?? '')?.[1]),
  )
  const numbers = names.flatMap((name) => (name === undefined ? [] : Number(name)))
  assert.deepEqual(
    numbers.toSorted((one, other) => one - other),
    Array.from({ length: 40 }, (_, place) => place + 1),
  )
  assert.ok(sink.taken.length > 1, 'all in one digest proves nothing')
})
