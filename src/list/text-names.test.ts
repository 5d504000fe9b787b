import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textNames } from './text-names.ts'

function oldName(purpose: string, action?: string, reason?: string, type?: string) {
  return textNames({ purpose, action, reason, type })[4]
}

test('textNames() drops one part after the other', () => {
  assert.deepEqual(
    textNames({ purpose: 'finish', action: 'sub', reason: 'admin', type: 'normal' }),
    ['finish-sub-admin-normal', 'finish-sub-admin', 'finish-sub', 'finish', 'sub-ok'],
  )
})

test('textNames() keeps the dashes of unset parts', () => {
  assert.deepEqual(textNames({ purpose: 'help' }), [
    'help---',
    'help--',
    'help-',
    'help',
    'listhelp',
  ])
  assert.deepEqual(textNames({ purpose: 'list', type: 'all' }), [
    'list---all',
    'list--',
    'list-',
    'list',
    'listsubs',
  ])
  assert.deepEqual(textNames({ purpose: 'deny', action: 'post', reason: 'access' }), [
    'deny-post-access-',
    'deny-post-access',
    'deny-post',
    'deny',
    'access',
  ])
})

test('textNames() gives a digest one name', () => {
  assert.deepEqual(textNames({ purpose: 'digest' }), ['digest'])
})

test('textNames() puts the kind of subscription behind the old names that have one', () => {
  for (const [purpose, sub, unsub] of [
    ['confirm', 'sub-confirm', 'unsub-confirm'],
    ['finish', 'sub-ok', 'unsub-ok'],
    ['notify', 'notifysub', 'notifyunsub'],
  ] as const) {
    assert.equal(oldName(purpose, 'sub', 'request', 'normal'), sub)
    assert.equal(oldName(purpose, 'sub', 'admin', 'both'), sub)
    assert.equal(oldName(purpose, 'sub', 'confirm', 'digest'), `${sub}-digest`)
    assert.equal(oldName(purpose, 'unsub', 'request', 'all'), unsub)
    assert.equal(oldName(purpose, 'unsub', 'admin', 'nomail'), `${unsub}-nomail`)
  }
})

test('textNames() knows the other old names', () => {
  for (const [name, old] of [
    ['faq', 'listfaq'],
    ['gatekeep-sub-request-digest', 'submod-moderator'],
    ['wait-sub-request-normal', 'submod-requester'],
    ['moderate-post-moderated', 'moderation'],
    ['wait-post-access', 'moderation-poster'],
    ['deny-sub-disabled-digest', 'sub-deny-digest'],
    ['deny-sub-disabled-both', 'sub-deny-digest'],
    ['deny-sub-disabled-nomail', 'sub-deny-nomail'],
    ['deny-sub-subbed-both', 'sub-subscribed'],
    ['deny-unsub-unsubbed-all', 'unsub-notsubscribed'],
    ['deny-post-subonlypost', 'subonlypost'],
    ['deny-post-access-full', 'access'],
    ['deny-post-maxmailsize', 'maxmailsize'],
    ['deny-post-tocc', 'notintocc'],
    ['deny-post-modonlypost', undefined],
    ['list', 'listsubs'],
    ['probe', 'bounce-probe'],
  ] as const) {
    const [purpose = '', action, reason, type] = name.split('-')
    assert.equal(oldName(purpose, action, reason, type), old, name)
  }
})
