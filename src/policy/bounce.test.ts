import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '../list/tunables.ts'
import { readHead } from '../message/head.ts'
import type { Report } from '../message/report.ts'
import { judgeBouncer, judgeReturned } from './bounce.ts'

const list = readSettings(
  () => undefined,
  () => {},
)
const half = 43_200
const now = 2_000_000_000

test('judgeBouncer() probes until bouncelife and half a day are over, then removes', () => {
  const at = (since: number | undefined) => judgeBouncer({ since, probedAt: undefined }, now, list)
  assert.equal(at(now), 'probe')
  assert.equal(at(now - 432_000 - half + 1), 'probe')
  assert.equal(at(now - 432_000 - half), 'remove')
  assert.equal(at(undefined), 'probe')
  const short = { since: now - 3_600 - half, probedAt: undefined }
  assert.equal(judgeBouncer(short, now, { ...list, bouncelife: 3_600 }), 'remove')
})

test('judgeBouncer() waits half a day for a probe, whatever is on record, and then forgives', () => {
  const at = (probedAt: number) => judgeBouncer({ since: 1, probedAt }, now, list)
  assert.equal(at(now), 'wait')
  assert.equal(at(now - half), 'wait')
  assert.equal(at(now - half - 1), 'forgive')
})

test('judgeBouncer() does not wait for ever for a probe of a wrong clock', () => {
  assert.equal(judgeBouncer({ since: 1, probedAt: now + half }, now, list), 'wait')
  assert.equal(judgeBouncer({ since: 1, probedAt: now + half + 1 }, now, list), 'forgive')
})

const ann = 'ann@example.org'
const failed = { addresses: [ann], status: '5.1.1', diagnostic: undefined, policy: false }
const refused = { ...failed, status: '5.7.1', policy: true }

function judged(head: string, envelopeFrom: string, report?: Report) {
  return judgeReturned(readHead(Buffer.from(`${head}\n\n`)), envelopeFrom, report)
}

test('judgeReturned() takes mail from nobody for a bounce, and no letter of a person', () => {
  assert.equal(judged(`From: ${ann}`, ''), 'bounce')
  assert.equal(judged(`From: ${ann}`, ann), 'letter')
})

test('judgeReturned() knows a vacation notice, also one from nobody', () => {
  for (const head of [
    'Auto-Submitted: auto-replied (vacation)',
    'Precedence: auto_reply',
    'X-Autoreply: yes',
    'X-Autorespond: away',
  ]) {
    assert.equal(judged(head, ''), 'auto-reply', head)
    assert.equal(judged(head, ann), 'auto-reply', head)
  }
  assert.equal(judged('Auto-Submitted: no', ''), 'bounce')
})

test('judgeReturned() takes what a mail server replies automatically for a bounce', () => {
  const head = 'From: Mail <MAILER-DAEMON@example.org>\nAuto-Submitted: auto-replied'
  assert.equal(judged(head, ''), 'bounce')
  assert.equal(judged('From: postmaster@example.org\nAuto-Submitted: auto-replied', ''), 'bounce')
})

test('judgeReturned() believes a delivery report from anybody, and words only from a machine', () => {
  const dsn = { kind: 'dsn', recipients: [failed] } as const
  const words = { kind: 'qmail', recipients: [failed] } as const
  assert.equal(judged(`From: ${ann}`, ann, dsn), 'bounce')
  assert.equal(judged(`From: ${ann}`, ann, words), 'letter')
  assert.equal(judged(`From: ${ann}`, '', words), 'bounce')
  assert.equal(judged('From: Mailer-Daemon@example.org', 'x@example.org', words), 'bounce')
})

test('judgeReturned() counts no delay, receipt or refusal by policy', () => {
  assert.equal(judged('', '', { kind: 'notice', recipients: [] }), 'notice')
  assert.equal(judged('', '', { kind: 'dsn', recipients: [refused] }), 'policy')
  assert.equal(judged('', '', { kind: 'dsn', recipients: [refused, failed] }), 'bounce')
})

test('judgeReturned() takes nothing for a bounce that the recipient himself wrote', () => {
  const about = (head: string, who: string) =>
    judgeReturned(readHead(Buffer.from(`${head}\n\n`)), '', undefined, who)
  assert.equal(about('From: Ann <Ann@example.org>', ann), 'auto-reply')
  assert.equal(about('From: Mail System <admin@mx.example.org>', ann), 'bounce')
  assert.equal(about(`From: MAILER-DAEMON@mx.example.org`, ann), 'bounce')
  assert.equal(about('From: postmaster@example.org', 'postmaster@example.org'), 'bounce')
})
