import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { addressBelow, identityOf, isPrimary, matchAddress } from './identity.ts'

test('identityOf() takes the first address apart at its first @', () => {
  const list = identityOf({
    listaddress: [' Talk@Lists.example.net', 'b@example.net'],
    delimiter: undefined,
  })
  assert.deepEqual(
    [list.primary, list.name, list.fqdn, list.delimiter],
    ['Talk@Lists.example.net', 'Talk', 'Lists.example.net', '+'],
  )
  assert.equal(addressBelow(list, 'owner'), 'Talk+owner@Lists.example.net')
  assert.ok(isPrimary(list, 'talk@LISTS.example.net'))
  assert.ok(!isPrimary(list, 'b@example.net'))
})

test('identityOf() refuses a list without an address', () => {
  for (const listaddress of [undefined, [], ['talk'], ['@example.net'], ['a b@example.net']])
    assert.throws(
      () => identityOf({ listaddress, delimiter: undefined }),
      (thrown) => isFault(thrown, 'badSettings'),
    )
})

test('identityOf() takes a blank delimiter for none', () => {
  assert.equal(identityOf({ listaddress: ['a@example.net'], delimiter: ' ' }).delimiter, '+')
})

test('matchAddress() finds the extension whatever the case', () => {
  const list = identityOf({ listaddress: ['talk@example.net'], delimiter: '+' })
  assert.deepEqual(matchAddress(list, 'TALK@EXAMPLE.NET'), { extension: '' })
  assert.deepEqual(matchAddress(list, 'Talk+confSub-0A@example.net'), { extension: 'confSub-0A' })
  assert.deepEqual(matchAddress(list, 'talk+bounces-1-a=b@c@example.net'), {
    extension: 'bounces-1-a=b@c',
  })
  for (const other of [
    'talker@example.net',
    'talk@example.org',
    'talk+help',
    'x+talk@example.net',
    '',
  ])
    assert.equal(matchAddress(list, other), undefined, other)
})

test('matchAddress() bears a delimiter of several characters, and one inside the name', () => {
  const list = identityOf({ listaddress: ['dev-talk@example.net'], delimiter: '-' })
  assert.deepEqual(matchAddress(list, 'dev-talk-help@example.net'), { extension: 'help' })
  const long = identityOf({ listaddress: ['talk@example.net'], delimiter: '--' })
  assert.deepEqual(matchAddress(long, 'talk--help@example.net'), { extension: 'help' })
})
