/** Nobody but a mail system that had our mail can make a bounce count, when the list asks for that. */
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deliverPost } from '../../src/flows/deliver-post.ts'
import { noteRefusedReply } from '../../src/flows/note-bounce.ts'
import { openList } from '../../src/flows/open-list.ts'
import { commitPost } from '../../src/spool/post-commit.ts'
import { bounceHouse, days, hours, plainBounce, type BounceHouse } from './_bounce-house.ts'

const [ann, bob] = ['ann@example.org', 'bob@example.org']
const members = { 'subscribers.d/a': `${ann}\n`, 'subscribers.d/b': `${bob}\n` }
const on = { bouncecheck: '' }

/** Sends a post to both; answers with the extension that each one's bounces come to. */
async function sendPost(h: BounceHouse): Promise<ReadonlyMap<string, string>> {
  const draft = join(h.dir, 'queue/0123456789abcdef')
  writeFileSync(draft, 'From: joe@example.org\n\nhello\n')
  const { number } = await commitPost(h.dir, draft, true, async function* () {
    yield [ann, bob]
  })
  const before = h.sent.length
  await deliverPost(h.house, h.dir, number)
  return new Map(h.sent.slice(before).map(({ from, to }) => [to, extensionOf(from)]))
}

function extensionOf(from: string): string {
  return /^talk\+bounces-(.*)@example\.net$/.exec(from)?.[1] ?? `?? ${from}`
}

/** Everything that somebody can write who knows his own mail from the list, and how we work. */
function forgeries(own: string): readonly (readonly [string, string])[] {
  const dsn = readFileSync('test/reports/dsn-postfix.eml', 'latin1')
  const check = /\.([0-9a-f]{10})-/.exec(own)?.[1] ?? ''
  const to = 'ann=example.org'
  return [
    [`1-${to}`, plainBounce],
    [`99-${to}`, dsn],
    [`1.${check}-${to}`, plainBounce],
    [`1.0123456789-${to}`, dsn],
    [`1.-${to}`, plainBounce],
    [`2.${check}-${to}`, plainBounce],
    [`digest.${check}-${to}`, plainBounce],
    [`digest-${to}`, dsn],
    [`-${to}`, plainBounce],
    [`help-${to}`, dsn],
    [`probe-${to}`, plainBounce],
    [`probe.${check}-${to}`, plainBounce],
    ['1', dsn],
    [`1.${check}`, dsn],
    ['help', dsn],
    ['', dsn],
  ]
}

/** Eight days in which a forger writes all he can, each hour that maintd runs. */
async function besiege(h: BounceHouse, own: string): Promise<void> {
  for (let hour = 0; hour < 8 * 24; hour += 2) {
    for (const [extension, mail] of forgeries(own)) await h.take(extension, mail)
    await h.maintain()
    h.now += 2 * hours
  }
}

test('forged bounces remove a member where the list asks for no check, as with mlmmj', async (t) => {
  const h = bounceHouse(t, members)
  const paths = await sendPost(h)
  assert.equal(paths.get(ann), '1-ann=example.org', 'mlmmj’s exact form')
  await besiege(h, paths.get(bob) ?? '')
  assert.equal(h.read('subscribers.d/a'), undefined)
})

test('forged bounces do nothing but fill the log where the list asks for a check', async (t) => {
  const h = bounceHouse(t, members, on)
  const paths = await sendPost(h)
  await besiege(h, paths.get(bob) ?? '')
  assert.equal(h.read('subscribers.d/a'), `${ann}\n`)
  assert.deepEqual(h.names(), [], 'nobody is on record, and nobody was probed')
  assert.equal(h.sent.length, 2)
  const ignored = h.events.filter((line) => line.startsWith('bounce-ignored'))
  assert.equal(ignored.length, 96 * forgeries('').length)
  assert.match(ignored[0] ?? '', /why="without a check \(bouncecheck\)" address="ann@example.org"$/)
  assert.match(ignored[2] ?? '', /why="with a wrong check \(bouncecheck\)"/)
})

test('what really came back counts, with the number of the post, and removes in the end', async (t) => {
  const h = bounceHouse(t, members, on)
  const paths = await sendPost(h)
  assert.match(paths.get(ann) ?? '', /^1\.[0-9a-f]{10}-ann=example\.org$/)
  await h.take((paths.get(ann) ?? '').toUpperCase(), plainBounce)
  assert.equal(h.read('bounce/ann=example.org'), '1:1700000000 # Tue Nov 14 22:13:20 2023\n')
  for (let half = 0; half < 12; half++) {
    await h.maintain()
    const probe = h.sent.at(-1)
    if (probe?.from.includes('probe')) await h.take(extensionOf(probe.from), plainBounce)
    h.now += days / 2
  }
  assert.equal(h.read('subscribers.d/a'), undefined)
  assert.equal(h.read('subscribers.d/b'), `${bob}\n`)
})

test('the check of a probe is good for this one probe', async (t) => {
  const record = '1:1700000000 # Tue Nov 14 22:13:20 2023\n'
  const h = bounceHouse(t, { ...members, 'bounce/ann=example.org': record }, on)
  await h.maintain()
  const first = extensionOf(h.sent[0]?.from ?? '')
  assert.match(first, /^probe\.[0-9a-f]{10}-ann=example\.org$/)
  await h.take(first, plainBounce)
  assert.deepEqual(h.names(), ['ann=example.org'], 'it came back')
  h.now += 2 * hours
  await h.maintain()
  assert.notEqual(extensionOf(h.sent[1]?.from ?? ''), first)
  await h.take(first, plainBounce)
  assert.equal(h.names().length, 2, 'the second probe is still out')
})

test('a probe that the relay refuses has come back, with a check or without', async (t) => {
  for (const control of [on, {}]) {
    const record = '1:1700000000 # Tue Nov 14 22:13:20 2023\n'
    const h = bounceHouse(t, { ...members, 'bounce/ann=example.org': record }, control)
    await h.maintain()
    const { identity } = await openList(h.dir)
    const from = h.sent[0]?.from ?? ''
    await noteRefusedReply(h.house, h.dir, identity, from, '550 5.1.1 no such user')
    assert.deepEqual(h.names(), ['ann=example.org'])
  }
})

test('a bounced confirmation still takes its cookie away: only its mail has told it', async (t) => {
  const h = bounceHouse(t, { 'subconf/0a': ann }, on)
  await h.take('confsub-0b', plainBounce)
  assert.deepEqual(h.names('subconf'), ['0a'])
  await h.take('confsub-0a', plainBounce)
  assert.deepEqual(h.names('subconf'), [])
})

test('there are no groups with a check, and the key is for the owner alone', async (t) => {
  const h = bounceHouse(t, members, { ...on, verp: 'postfix\n' })
  const paths = await sendPost(h)
  assert.equal(new Set(paths.values()).size, 2)
  assert.equal(statSync(join(h.dir, '.mlmmj-ts/bounce-key')).mode & 0o777, 0o600)
  const without = bounceHouse(t, members, { verp: 'postfix\n' })
  assert.deepEqual([...(await sendPost(without)).values()], ['1', '1'])
})

test('bounces of mail that left before the check was given up count under their number', async (t) => {
  const h = bounceHouse(t, members)
  await h.take('7.0123456789-ann=example.org', plainBounce)
  assert.match(h.read('bounce/ann=example.org') ?? '', /^7:/)
})

test('bounces of one address are noted so often and not more, and the log says so', async (t) => {
  const h = bounceHouse(t, members, { bouncelimit: '3\n' })
  for (let n = 1; n <= 5; n++) await h.take(`${n}-ann=example.org`, plainBounce)
  assert.equal(h.read('bounce/ann=example.org')?.split('\n').length, 4)
  assert.match(h.events.at(-1) ?? '', /^bounce-ignored .*id="5" why="often enough already/)
})
