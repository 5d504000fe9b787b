import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { isAddress, parseAddress } from './address.ts'

test('parseAddress() takes what can be an SMTP argument', () => {
  for (const text of [
    'ann@example.org',
    '"a@b"@example.org',
    'j\xc3\xb6rg@example.org',
    "o'x=y+z@b",
  ])
    assert.equal(parseAddress(text), text)
})

test('parseAddress() says why a text is no address', () => {
  const rows: readonly [string, RegExp][] = [
    ['', /no @/],
    ['ann', /no @/],
    ['@example.org', /nothing before/],
    ['ann@', /nothing behind/],
    ['ann @example.org', /blank/],
    ['ann@example.org\r\nRCPT TO:<joe@example.org>', /control/],
    ['<ann@example.org>', /</],
    [`${'a'.repeat(300)}@example.org`, /longer/],
  ]
  for (const [text, why] of rows) {
    assert.equal(isAddress(text), false)
    assert.throws(
      () => parseAddress(text),
      (thrown) => isFault(thrown, 'badAddress') && why.test(thrown.message),
    )
  }
})
