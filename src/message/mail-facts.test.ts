import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHead } from './head.ts'
import { addressesOf, receivedCount, valueOf, valuesOf } from './mail-facts.ts'

const head = readHead(
  Buffer.from(
    'Received: by a\nReceived: by b\nFROM: Ann <ann@example.org>\nTo: a@example.org,\n' +
      ' b@example.org\nTo: c@example.org\nSubject: one\nSubject: two \n\nTo: body@example.org\n',
  ),
)

test('valueOf() gives the first value, valuesOf() all of them', () => {
  assert.equal(valueOf(head, 'subject'), 'one')
  assert.deepEqual(valuesOf(head, 'subject'), ['one', 'two'])
  assert.equal(valueOf(head, 'precedence'), undefined)
  assert.deepEqual(valuesOf(head, 'precedence'), [])
})

test('addressesOf() gathers the addresses of all fields with a name', () => {
  assert.deepEqual(addressesOf(head, 'from'), ['ann@example.org'])
  assert.deepEqual(addressesOf(head, 'to'), ['a@example.org', 'b@example.org', 'c@example.org'])
  assert.deepEqual(addressesOf(head, 'cc'), [])
})

test('receivedCount() counts hops', () => {
  assert.equal(receivedCount(head), 2)
})
