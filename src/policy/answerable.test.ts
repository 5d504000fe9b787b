import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../list/identity.ts'
import { readHead } from '../message/head.ts'
import { isAnswerable, isAutomatic } from './answerable.ts'

const list = identityOf({ listaddress: ['talk@example.net'], delimiter: '+' })
const ann = 'ann@example.org'

function answerable(header: string, from = ann, to = ann): boolean {
  return isAnswerable(readHead(Buffer.from(`${header}\n\n`)), from, to, list)
}

test('isAnswerable() says yes to a mail that a person wrote', () => {
  assert.equal(answerable('Subject: hello'), true)
  assert.equal(answerable('Auto-Submitted: no'), true)
  assert.equal(answerable('Precedence: first-class'), true)
})

test('isAnswerable() says no to nobody, and to what is no address', () => {
  assert.equal(answerable('Subject: hello', ''), false)
  assert.equal(answerable('Subject: hello', ann, 'ann'), false)
})

test('isAnswerable() says no to the list and its own addresses', () => {
  assert.equal(answerable('Subject: hello', ann, 'Talk@example.net'), false)
  assert.equal(answerable('Subject: hello', ann, 'talk+bounces-1@example.net'), false)
})

test('isAnswerable() says no to robots (RFC 3834, 2)', () => {
  for (const header of [
    'Auto-Submitted: auto-replied',
    'AUTO-SUBMITTED: Auto-Generated; owner=x',
    'Precedence: bulk',
    'Precedence: Junk',
    'Precedence: list',
  ])
    assert.equal(answerable(header), false, header)
})

test('isAutomatic() knows programs and lists by their headers', () => {
  const automatic = (header: string) => isAutomatic(readHead(Buffer.from(`${header}\n\n`)))
  assert.equal(automatic('Auto-Submitted: auto-notified'), true)
  assert.equal(automatic('Precedence: list'), true)
  assert.equal(automatic('Subject: hello'), false)
})
