import assert from 'node:assert/strict'
import { test } from 'node:test'
import { purposeOfFile, sharedTextOf } from './text-file.ts'

test('purposeOfFile() knows names of parts', () => {
  for (const [name, purpose] of [
    ['help', 'help'],
    ['list---all', 'list'],
    ['confirm-unsub-admin-digest', 'confirm'],
    ['deny-post-access-full', 'deny'],
    ['digest', 'digest'],
  ] as const)
    assert.equal(purposeOfFile(name), purpose, name)
})

test('purposeOfFile() knows the old names', () => {
  for (const [name, purpose] of [
    ['listhelp', 'help'],
    ['sub-confirm', 'confirm'],
    ['unsub-ok-nomail', 'finish'],
    ['notifyunsub-digest', 'notify'],
    ['submod-moderator', 'gatekeep'],
    ['moderation-poster', 'wait'],
    ['sub-deny-digest', 'deny'],
    ['sub-deny-nomail', 'deny'],
    ['unsub-notsubscribed', 'deny'],
    ['notintocc', 'deny'],
    ['access', 'deny'],
    ['bounce-probe', 'probe'],
  ] as const)
    assert.equal(purposeOfFile(name), purpose, name)
})

test('purposeOfFile() leaves other files alone', () => {
  for (const name of ['prologue', 'subrelease', 'list-of-rules', 'help-footer', 'Help', ''])
    assert.equal(purposeOfFile(name), undefined, name)
})

test('sharedTextOf() is what mlmmj has in place of our two texts', () => {
  assert.equal(sharedTextOf('confirm-sub'), 'confirm')
  assert.equal(sharedTextOf('notify-unsub'), 'notify')
  assert.equal(sharedTextOf('deny-unsub'), 'deny')
  assert.equal(sharedTextOf('finish-unsub'), 'finish')
  for (const name of ['finish-sub', 'deny-post', 'wait-sub', 'help'])
    assert.equal(sharedTextOf(name), undefined, name)
})
