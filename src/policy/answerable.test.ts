import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../list/identity.ts'
import { readHead } from '../message/head.ts'
import { isAutomatic, isAutoReply, whyUnanswerable } from './answerable.ts'

const list = identityOf({ listaddress: ['talk@example.net'], delimiter: '+' })
const ann = 'ann@example.org'

const headOf = (header: string) => readHead(Buffer.from(`${header}\n\n`))

function answerable(header: string, from = ann, to = ann): boolean {
  return whyUnanswerable(headOf(header), from, to, list) === undefined
}

test('whyUnanswerable() says yes to a mail that a person wrote', () => {
  assert.equal(answerable('Subject: hello'), true)
  assert.equal(answerable('Auto-Submitted: no'), true)
  assert.equal(answerable('Precedence: first-class'), true)
})

test('whyUnanswerable() says no to nobody, and to what is no address', () => {
  assert.equal(answerable('Subject: hello', ''), false)
  assert.equal(answerable('Subject: hello', ann, 'ann'), false)
})

test('whyUnanswerable() says no to the list and its own addresses', () => {
  assert.equal(answerable('Subject: hello', ann, 'Talk@example.net'), false)
  assert.equal(answerable('Subject: hello', ann, 'talk+bounces-1@example.net'), false)
  assert.equal(answerable('Subject: hello', 'talk+bounces-help@example.net'), false)
})

test('whyUnanswerable() says no to addresses of programs (RFC 3834, 2)', () => {
  for (const robot of [
    'MAILER-DAEMON@mx.example.org',
    'mailer-daemon',
    'owner-talk@example.org',
    'talk-request@example.org',
  ])
    assert.equal(answerable('Subject: hello', robot, robot), false, robot)
  for (const path of ['gossip-bounces+12@example.org', 'gossip+bounces-12-ann=example.org@x.org'])
    assert.equal(answerable('Subject: hello', path), false, path)
  for (const person of ['landowner-x@example.org', 'request@example.org', 'trampoline@example.org'])
    assert.equal(answerable('Subject: hello', person, person), true, person)
})

test('whyUnanswerable() says no to robots (RFC 3834, 2)', () => {
  for (const header of [
    'Auto-Submitted: auto-replied',
    'AUTO-SUBMITTED: Auto-Generated; owner=x',
    'Precedence: bulk',
    'Precedence: Junk',
    'Precedence: list',
    'Precedence: auto_reply',
    'X-Autoreply: yes',
    'List-Id: gossip <gossip.example.org>',
    'List-Unsubscribe: <mailto:gossip-leave@example.org>',
    'Mailing-List: contact gossip-help@example.org',
    'X-BeenThere: gossip@example.org',
    'X-Loop: gossip@example.org',
  ])
    assert.equal(answerable(header), false, header)
})

test('isAutomatic() knows programs and lists by their headers', () => {
  const automatic = (header: string) => isAutomatic(headOf(header))
  assert.equal(automatic('Auto-Submitted: auto-notified'), true)
  assert.equal(automatic('Precedence: list'), true)
  assert.equal(automatic('Subject: hello'), false)
})

test('isAutoReply() knows what answers, not all that programs write', () => {
  const isReply = (header: string) => isAutoReply(headOf(header))
  assert.equal(isReply('Auto-Submitted: auto-replied (vacation)'), true)
  assert.equal(isReply('Precedence: auto_reply'), true)
  assert.equal(isReply('X-Autorespond: away'), true)
  for (const header of ['Auto-Submitted: auto-generated', 'Precedence: bulk', 'Subject: hello'])
    assert.equal(isReply(header), false, header)
})
