import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../../list/identity.ts'
import { listValues, tokenFinder, type TokenSources } from './tokens.ts'

const none = { text: () => undefined, control: () => undefined, controlExists: () => false }

function find(name: string, from: Partial<TokenSources> = {}) {
  return tokenFinder({
    purpose: 'help',
    values: {},
    sources: none,
    hasOriginal: false,
    hasList: () => false,
    ...from,
  })(name)
}

test('listValues() knows the addresses of the list', () => {
  const values = listValues(identityOf({ listaddress: ['talk@example.org'], delimiter: '-' }))
  assert.equal(values['list+'], 'talk-')
  assert.equal(values['listgetN'], 'talk-get-N@example.org')
  assert.equal(values['digestunsubaddr'], 'talk-unsubscribe-digest@example.org')
})

test('tokenFinder() gives values as plain text', () => {
  const values = { subject: '$list$' }
  assert.deepEqual(find('subject', { values }), { text: '$list$', live: false })
  assert.equal(find('nosuch', { values }), undefined)
  assert.equal(find('constructor', { values }), undefined)
})

test('tokenFinder() gives files of the list as template, without their last line end', () => {
  const sources = { ...none, control: () => 'a\r\nb\r\n', text: () => '' }
  assert.deepEqual(find('control motd', { sources }), { text: 'a\r\nb', live: true })
  assert.equal(find('text empty', { sources }), undefined)
  for (const name of ['control ../x', 'control .x', 'control a/b', 'control ', 'control a b'])
    assert.equal(find(name, { sources }), undefined)
})

test('tokenFinder() knows the names of mlmmj 1.3', () => {
  const values = { subaddr: 'ann@example.org' }
  assert.equal(find('newsub', { purpose: 'notify', action: 'sub', values })?.text, values.subaddr)
  assert.equal(find('oldsub', { purpose: 'notify', action: 'sub', values }), undefined)
  assert.equal(find('oldsub', { purpose: 'notify', action: 'unsub', values })?.text, values.subaddr)
  assert.equal(find('confaddr', { values: { confirmaddr: 'c' } })?.text, 'c')
  assert.equal(find('moderateaddr', { values: { permitaddr: 'p' } })?.text, 'p')
  assert.deepEqual(
    find('moderators', { purpose: 'gatekeep', hasList: (name) => name === 'gatekeepers' }),
    { text: '%gatekeepers%', live: true },
  )
  assert.equal(find('originalmail', { hasOriginal: true })?.text, ' %originalmail 100%')
  assert.equal(find('originalmail'), undefined)
})
