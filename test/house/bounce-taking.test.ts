/** Mail to bounce addresses (spec mailflow 7.1 and 7.2). */
import assert from 'node:assert/strict'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { noteRefusedReply } from '../../src/flows/note-bounce.ts'
import { openList } from '../../src/flows/open-list.ts'
import { bounceHouse, plainBounce } from './_bounce-house.ts'

const members = {
  'subscribers.d/a': 'ann@example.org\n',
  'digesters.d/b': 'Bob-X@Example.org\n',
  'nomailsubs.d/c': 'cat@sub.example.org\n',
}
const line = (id: string) => `${id}:1700000000 # Tue Nov 14 22:13:20 2023\n`
const sample = (name: string) => readFileSync(`test/reports/${name}.eml`, 'latin1')

test('a bounce of a number is put on the record of the subscriber, with its mail beside it', async (t) => {
  const h = bounceHouse(t, members)
  await h.take('12-ann=example.org', plainBounce)
  await h.take('13-Bob-X=Example.org', plainBounce)
  await h.take('digest-bob-x=example.org', sample('dsn-postfix'), 'x@example.org')
  await h.take('-cat=sub.example.org', plainBounce)
  assert.deepEqual(h.names(), [
    'ann=example.org',
    'ann=example.org.lastmsg',
    'bob-x=example.org',
    'bob-x=example.org.lastmsg',
    'cat=sub.example.org',
    'cat=sub.example.org.lastmsg',
  ])
  assert.equal(h.read('bounce/ann=example.org'), line('12'))
  assert.equal(h.read('bounce/ann=example.org.lastmsg'), plainBounce)
  assert.equal(h.read('bounce/bob-x=example.org'), line('13') + line('digest'))
  assert.equal(h.read('bounce/bob-x=example.org.lastmsg'), sample('dsn-postfix'))
  assert.equal(h.read('bounce/cat=sub.example.org'), line(''))
  assert.match(h.events[0] ?? '', /^bounce-recorded .*id="12" address="ann@example.org"/)
})

const ignored: Readonly<Record<string, readonly [string, string, string?]>> = {
  'for somebody who is not subscribed': ['12-zed=example.org', plainBounce],
  'without an address behind its number': ['12-', plainBounce],
  'with an address that is none': ['12-ann', plainBounce],
  'with an address that leads elsewhere': ['12-../x=example.org', plainBounce],
  'with an id that breaks the record': ['a:b#c-ann=example.org', plainBounce],
  'of a delay': ['12-ann=example.org', sample('dsn-postfix-delayed')],
  'of a delay in words': ['12-ann=example.org', sample('exim-warning')],
  'of success': ['12-ann=example.org', sample('dsn-delivered')],
  'of a receipt': ['12-ann=example.org', sample('receipt-displayed')],
  'of a refusal by policy': ['12-ann=example.org', sample('exim-policy')],
  'that is a vacation notice': ['12-ann=example.org', sample('vacation')],
  'that a person wrote': ['12-ann=example.org', 'From: eve@example.org\n\nhi\n', 'eve@example.org'],
  'in which a person quotes another': [
    '12-ann=example.org',
    sample('qmail').replace(/From: .*/, 'From: eve@example.org'),
    'eve@example.org',
  ],
  'for everybody that names nobody': ['12', plainBounce],
  'for everybody of a delay': ['12', sample('dsn-postfix-delayed')],
  'for everybody that a person wrote': ['12', sample('letter-quoting-a-bounce'), 'x@example.org'],
  'to bounces-help without a report': ['help', plainBounce],
  'of a probe that is not out': ['probe-ann=example.org', plainBounce],
}

for (const [what, [extension, mail, sender]] of Object.entries(ignored))
  test(`mail to a bounce address ${what} changes nothing and is told in the log`, async (t) => {
    const h = bounceHouse(t, members)
    await h.take(extension, mail, sender)
    assert.deepEqual(h.names(), [])
    assert.deepEqual(h.names('queue'), [])
    assert.equal(h.events.length, 1)
    assert.match(h.events[0] ?? '', /^bounce-ignored /)
  })

test('a report to an address without a name counts for all who failed and are subscribed', async (t) => {
  const h = bounceHouse(t, { ...members, 'subscribers.d/b': 'bob@example.org\n' })
  await h.take('12', sample('dsn-postfix-several'))
  assert.deepEqual(h.names(), ['ann=example.org', 'cat=sub.example.org'])
  assert.equal(h.read('bounce/ann=example.org'), line('12'))
})

test('a report counts once for each, under the address that is subscribed', async (t) => {
  const h = bounceHouse(t, { 'subscribers.d/a': 'ANN@example.org\nann+lists@example.org\n' })
  await h.take('12', sample('dsn-forwarded'))
  await h.take('13', sample('dsn-original-only'))
  assert.equal(h.read('bounce/ann=example.org'), line('12'))
  assert.equal(h.read('bounce/ann+lists=example.org'), line('13'))
  const twice = 'Final-Recipient: rfc822; ann@example.org\nAction: failed\n\n'.repeat(2)
  await h.take('14', `Content-Type: message/delivery-status\n\nX: y\n\n${twice}`)
  assert.equal(h.read('bounce/ann=example.org'), line('12') + line('14'))
})

test('a report counts nobody who was refused by policy, and everybody else', async (t) => {
  const h = bounceHouse(t, {
    'subscribers.d/a': 'ann@example.org\nbob@example.org\ncat@example.org\n',
  })
  await h.take('12', sample('dsn-postfix-policy'))
  assert.deepEqual(h.names(), ['cat=example.org'])
})

for (const name of ['exim', 'qmail', 'sendmail-old', 'exchange-text', 'rejection-dovecot'])
  test(`a report in the manner of ${name} counts without an address in its own`, async (t) => {
    const h = bounceHouse(t, members)
    await h.take('12', sample(name))
    assert.deepEqual(h.names(), ['ann=example.org'])
  })

test('a bounced confirmation takes its cookie away, whoever sent it', async (t) => {
  const cookies = {
    'subconf/0a': 'ann@example.org',
    'unsubconf/0b-ann=example.org': 'ann@example.org',
  }
  const h = bounceHouse(t, cookies)
  await h.take('confsub-0a', plainBounce, 'somebody@example.org')
  assert.deepEqual([h.names('subconf'), h.names('unsubconf')], [[], ['0b-ann=example.org']])
  await h.take('confunsub-0B-Ann=example.org', sample('exim-policy'))
  assert.deepEqual(h.names('unsubconf'), [])
  await h.take('confsub-0a', plainBounce)
})

test('a delay or a vacation notice does not take a cookie away', async (t) => {
  const h = bounceHouse(t, { 'subconf/0a': 'ann@example.org' })
  for (const name of ['vacation', 'dsn-postfix-delayed', 'receipt-displayed'])
    await h.take('confsub-0a', sample(name))
  assert.deepEqual(h.names('subconf'), ['0a'])
})

test('a bounced probe takes its marker away and leaves the record', async (t) => {
  const probe = {
    'bounce/ann=example.org': line('1'),
    'bounce/ann=example.org-probe': '1700000000',
  }
  const h = bounceHouse(t, { ...members, ...probe })
  for (const name of ['vacation', 'dsn-postfix-delayed', 'exim-policy'])
    await h.take('probe-ann=example.org', sample(name))
  assert.equal(h.names().length, 2)
  await h.take('probe-Ann=Example.org', 'From: ann@example.org\n\nsent back\n', 'ann@example.org')
  assert.deepEqual(h.names(), ['ann=example.org'])
})

test('a link in place of a record is not followed, and the mail is not tried for ever', async (t) => {
  const h = bounceHouse(t, members)
  symlinkSync('../index', join(h.dir, 'bounce/ann=example.org'))
  await h.take('12-ann=example.org', plainBounce)
  assert.equal(h.read('index'), '')
  assert.deepEqual(h.names(), ['ann=example.org'])
  assert.match(h.events[0] ?? '', /^bounce-ignored .*cannot be written/)
})

test('a mail of ours that the relay refuses is as good as one that came back', async (t) => {
  const h = bounceHouse(t, {
    'subconf/0a': 'ann@example.org',
    'bounce/ann=example.org-probe': '1700000000',
  })
  const { identity } = await openList(h.dir)
  const refuse = (extension: string, reply: string) =>
    noteRefusedReply(h.house, h.dir, identity, `talk+${extension}@example.net`, reply)
  await refuse('bounces-probe-ann=example.org', '550 5.7.1 we take no mail from you')
  await refuse('bounces-help', '550 5.1.1 no such user')
  await refuse('owner', '550 5.1.1 no such user')
  assert.equal(h.names().length, 1)
  await refuse('bounces-probe-ann=example.org', '550 5.1.1 no such user')
  await refuse('bounces-confsub-0a', '550 5.7.1 we take no mail from you')
  assert.deepEqual([h.names(), h.names('subconf')], [[], []])
})
