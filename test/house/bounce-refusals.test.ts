/** Recipients that the relay refuses while a post is sent (spec mailflow 7.3, spool 1.5.6). */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deliverPost } from '../../src/flows/deliver-post.ts'
import { commitPost } from '../../src/spool/post-commit.ts'
import { bounceHouse, type BounceHouse } from './_bounce-house.ts'

async function sendPost(h: BounceHouse, ...recipients: string[]): Promise<void> {
  const path = join(h.dir, 'queue/0123456789abcdef')
  writeFileSync(path, 'From: joe@example.net\nSubject: hello\n\nhello\n')
  const { number } = await commitPost(h.dir, path, true, async function* () {
    yield recipients
  })
  await deliverPost(h.house, h.dir, number)
}

const dashes = ['joe-x@example.org', 'a-b@sub-domain.example.org']
const members = {
  'subscribers.d/j': 'joe-x@example.org\n',
  'subscribers.d/a': 'a-b@sub-domain.example.org\n',
  'subscribers.d/x': 'x@example.org\n',
}
const refusal = { result: 'never', stage: 'rcpt', reply: '550 5.1.1 no such user' } as const
const records = ['a-b=sub-domain.example.org', 'joe-x=example.org']

test('a refused address with a dash is recorded, and not somebody else', async (t) => {
  const h = bounceHouse(t, members)
  h.answer = refusal
  await sendPost(h, ...dashes)
  assert.deepEqual(h.names(), records)
  assert.match(h.read('bounce/joe-x=example.org') ?? '', /^1:1700000000 # /)
})

test('a refusal is recorded under its number with staticbounceaddr', async (t) => {
  const h = bounceHouse(t, members, { staticbounceaddr: 'back@example.net\n' })
  h.answer = refusal
  await sendPost(h, ...dashes)
  assert.deepEqual(h.names(), records)
  assert.match(h.read('bounce/joe-x=example.org') ?? '', /^1:1700000000 # /)
})

test('a refusal in a group of recipients is recorded for each', async (t) => {
  const h = bounceHouse(t, members, { verp: '' })
  h.answer = refusal
  await sendPost(h, ...dashes)
  assert.deepEqual(h.names(), records)
})

test('a recipient who is put off is not recorded', async (t) => {
  const h = bounceHouse(t, members)
  h.answer = { result: 'later', stage: 'rcpt', reply: '450 4.2.0 greylisted' }
  await sendPost(h, ...dashes)
  assert.deepEqual(h.names(), [])
})

test('a refused address that is not subscribed any more is not recorded', async (t) => {
  const h = bounceHouse(t, members)
  h.answer = refusal
  await sendPost(h, 'zed@example.org')
  assert.deepEqual(h.names(), [])
})
