import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offersIn } from './_offers.ts'

test('offers are read whatever their case and order', () => {
  const offers = offersIn([
    'relay.example.net PIPELINING?',
    'size 1000',
    '8bitmime',
    'XVERP',
    'SMTPUTF8',
    'LIMITS RCPTMAX=20 mailmax=3 OTHER=1',
  ])
  assert.deepEqual(offers, {
    pipelining: false,
    eightBitMime: true,
    smtpUtf8: true,
    xverp: true,
    startTls: false,
    auth: [],
    size: true,
    largest: 1000,
    rcptMax: 20,
    mailMax: 3,
  })
})

test('limits that are zero, missing or nonsense are no limits', () => {
  for (const line of [
    'SIZE',
    'SIZE 0',
    'SIZE many',
    'LIMITS',
    'LIMITS RCPTMAX=0 MAILMAX',
    'LIMITS =',
  ])
    assert.deepEqual(
      (({ largest, rcptMax, mailMax }) => [largest, rcptMax, mailMax])(offersIn(['hi', line])),
      [Infinity, Infinity, Infinity],
    )
})

test('a limit of domains is kept by having no more recipients', () => {
  assert.equal(offersIn(['hi', 'LIMITS RCPTMAX=50 RCPTDOMAINMAX=1']).rcptMax, 1)
})

test('what AUTH offers are its mechanisms, in capitals', () => {
  const { auth, startTls } = offersIn(['hi', 'AUTH Plain login', 'StartTLS'])
  assert.deepEqual([auth, startTls], [['PLAIN', 'LOGIN'], true])
})
