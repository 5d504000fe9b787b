/** An address from its first bounce to its end or its forgiveness (spec mailflow 7.4). */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bounceHouse, days, firstDay, hours, plainBounce } from './_bounce-house.ts'

const members = { 'subscribers.d/a': 'ann@example.org\nal@example.org\n' }
const notified = { notifysub: '' }

test('an address that goes on bouncing is probed, and removed after bouncelife and half a day', async (t) => {
  const h = bounceHouse(t, { ...members, 'digesters.d/a': 'Ann@Example.org\n' }, notified)
  await h.take('1-ann=example.org', plainBounce)
  let rounds = 0
  for (; h.read('bounce/ann=example.org') !== undefined; rounds++) {
    assert.deepEqual(await h.maintain(), [])
    assert.equal(h.names().includes('ann=example.org-probe'), true)
    assert.deepEqual(await h.maintain(), [], 'nothing is sent while a probe is out')
    h.now += 6 * hours
    await h.take(`${rounds + 2}-ann=example.org`, plainBounce)
    await h.take('probe-ann=example.org', plainBounce)
    assert.equal(h.names().includes('ann=example.org-probe'), false)
    if (h.now - firstDay >= 5 * days + 12 * hours) break
  }
  assert.equal(rounds, 21)
  assert.deepEqual(h.read('subscribers.d/a'), 'ann@example.org\nal@example.org\n')
  const probes = h.sent.splice(0)
  assert.equal(probes.length, 22)
  assert.equal(probes[0]?.from, 'talk+bounces-probe-ann=example.org@example.net')
  assert.equal(probes[0]?.to, 'ann@example.org')
  assert.match(probes[0]?.text ?? '', /^From: talk\+owner@example\.net\r$/m)
  assert.match(probes[2]?.text ?? '', /^ {4}1\r\n {4}2\r\n {4}3\r$/m)

  assert.deepEqual(await h.maintain(), [])
  assert.deepEqual(h.names(), [])
  assert.equal(h.read('subscribers.d/a'), 'al@example.org\n')
  assert.deepEqual(h.names('digesters.d'), [])
  assert.deepEqual(h.names('queue'), [])
  const since =
    'mlmmj-maintd: ann@example.org unsubscribed due to bouncing since Tue Nov 14 22:13:20 2023'
  assert.equal(h.read('mlmmj.operation.log'), `Mon Nov 20 10:13:20 2023 ${since}\n`)
  const [notice, ...more] = h.sent
  assert.deepEqual(more, [])
  assert.equal(notice?.to, 'talk+owner@example.net')
  assert.equal(notice?.from, 'talk+bounces-help@example.net')
  assert.match(notice?.text ?? '', /ann@example\.org/)
})

test('an address whose probe does not come back for half a day is forgiven', async (t) => {
  const h = bounceHouse(t, members)
  await h.take('1-ann=example.org', plainBounce)
  await h.maintain()
  const kept = ['ann=example.org', 'ann=example.org-probe', 'ann=example.org.lastmsg']
  assert.deepEqual(h.names(), kept)
  h.now += 12 * hours
  await h.maintain()
  assert.deepEqual(h.names(), kept)
  h.now += 1
  await h.maintain()
  assert.deepEqual(h.names(), [])
  assert.equal(h.sent.length, 1)
  assert.equal(h.read('subscribers.d/a'), members['subscribers.d/a'])
})

test('an address that bounced for long but whose probe is out is not removed', async (t) => {
  const h = bounceHouse(t, {
    ...members,
    'bounce/ann=example.org': `1:${firstDay - 30 * days} # x\n`,
    'bounce/ann=example.org-probe': String(firstDay - 3_600),
  })
  await h.maintain()
  assert.equal(h.read('subscribers.d/a'), members['subscribers.d/a'])
  assert.equal(h.names().length, 2)
})

test('bouncelife is obeyed', async (t) => {
  const record = { 'bounce/ann=example.org': `1:${firstDay - 14 * hours} # x\n` }
  const short = bounceHouse(t, { ...members, ...record }, { bouncelife: '7200\n' })
  await short.maintain()
  assert.equal(short.read('subscribers.d/a'), 'al@example.org\n')
  const usual = bounceHouse(t, { ...members, ...record })
  await usual.maintain()
  assert.equal(usual.read('subscribers.d/a'), members['subscribers.d/a'])
})

test('an address with = in it is removed, and not somebody who is written nearly so', async (t) => {
  const h = bounceHouse(t, {
    'subscribers.d/a': 'a@b=example.org\na=b@example.org\nxa=b@example.org\n',
    'bounce/a=b=example.org': `1:${firstDay - 6 * days} # x\n`,
  })
  await h.maintain()
  assert.equal(h.read('subscribers.d/a'), 'a@b=example.org\nxa=b@example.org\n')
  assert.deepEqual(h.names(), [])
})

test('an address at a host that ends in -probe lives and is removed as others are', async (t) => {
  const h = bounceHouse(t, { 'subscribers.d/a': 'ann@y-probe\n' })
  await h.take('1-ann=y-probe', plainBounce)
  await h.maintain()
  assert.equal(h.sent[0]?.from, 'talk+bounces-probe-ann=y-probe@example.net')
  await h.take('probe-ann=y-probe', plainBounce)
  h.now += 6 * days
  await h.maintain()
  assert.deepEqual(h.names(), [])
  assert.deepEqual(h.names('subscribers.d'), [])
})

test('the owner hears nothing of a removal without notifysub', async (t) => {
  const record = { 'bounce/ann=example.org': `1:${firstDay - 6 * days} # x\n` }
  const h = bounceHouse(t, { ...members, ...record })
  await h.maintain()
  assert.deepEqual(h.sent, [])
  assert.match(
    h.read('mlmmj.operation.log') ?? '',
    /unsubscribed due to bouncing since Wed Nov {2}8/,
  )
})

test('a probe that the relay refuses for good counts as one that came back', async (t) => {
  const h = bounceHouse(t, { ...members, 'bounce/ann=example.org': `1:${firstDay} # x\n` })
  h.answer = { result: 'never', stage: 'rcpt', reply: '550 5.1.1 no such user' }
  await h.maintain()
  assert.deepEqual(h.names(), ['ann=example.org'])
  assert.deepEqual(h.names('queue'), [])
  h.now += 6 * days
  await h.maintain()
  assert.equal(h.read('subscribers.d/a'), 'al@example.org\n')
})

test('a probe waits in the queue while the relay is down', async (t) => {
  const h = bounceHouse(t, { ...members, 'bounce/ann=example.org': `1:${firstDay} # x\n` })
  h.answer = { result: 'later', stage: 'connect', reply: 'nobody there' }
  await h.maintain()
  assert.deepEqual(h.names(), ['ann=example.org', 'ann=example.org-probe'])
  assert.equal(h.names('queue').length, 3)
})

test('a probe that cannot be written leaves no marker, and the others are probed', async (t) => {
  const record = `1:${firstDay} # x\n`
  const files = { 'bounce/al=example.org': record, 'bounce/ann=example.org': record }
  const h = bounceHouse(t, { ...members, ...files })
  rmSync(join(h.dir, 'queue'), { recursive: true })
  const problems = await h.maintain()
  assert.deepEqual(problems.map((line) => line.split(':')[0]).sort(), [
    'al@example.org',
    'ann@example.org',
  ])
  assert.deepEqual(h.names(), ['al=example.org', 'ann=example.org'])
})

test('a record whose first line has no time is reported, kept and probed', async (t) => {
  const h = bounceHouse(t, { ...members, 'bounce/ann=example.org': 'what is this\n' })
  h.now += 60 * days
  const problems = await h.maintain()
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /^ann@example\.org: /)
  assert.equal(h.sent.length, 1)
  assert.equal(h.read('subscribers.d/a'), members['subscribers.d/a'])
})

test('who left the list by himself gets no probe', async (t) => {
  const h = bounceHouse(t, {
    ...members,
    'bounce/zed=example.org': `1:${firstDay} # x\n`,
    'bounce/zed=example.org.lastmsg': 'Subject: x\n\n',
  })
  assert.deepEqual(await h.maintain(), [])
  assert.deepEqual(h.sent, [])
  assert.deepEqual(h.names(), [])
})

test('a marker that lost its record is taken away in the end', async (t) => {
  const h = bounceHouse(t, { ...members, 'bounce/ann=example.org-probe': String(firstDay) })
  await h.maintain()
  assert.equal(h.names().length, 1)
  h.now += days
  await h.maintain()
  assert.deepEqual(h.names(), [])
})
