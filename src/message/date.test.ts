import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ctime, mailDate, messageId } from './date.ts'

const moment = Date.UTC(2026, 10, 20, 23, 55, 35, 999)

test('mailDate() writes local time and its distance from UTC (RFC 5322 3.3)', () => {
  assert.equal(mailDate(moment, 60), 'Sat, 21 Nov 2026 00:55:35 +0100')
  assert.equal(mailDate(moment, 0), 'Fri, 20 Nov 2026 23:55:35 +0000')
  assert.equal(mailDate(moment, -210), 'Fri, 20 Nov 2026 20:25:35 -0330')
  assert.equal(mailDate(Date.UTC(2024, 1, 29), 345), 'Thu, 29 Feb 2024 05:45:00 +0545')
})

test('mailDate() is read back as the same second', () => {
  const years = { min: 0, max: Date.UTC(2999, 0) }
  fc.assert(
    fc.property(fc.integer(years), fc.integer({ min: -720, max: 840 }), (epochMs, zone) => {
      assert.equal(Date.parse(mailDate(epochMs, zone)), Math.floor(epochMs / 1000) * 1000)
    }),
  )
})

test('ctime() writes 24 characters as C does', () => {
  assert.equal(ctime(moment, 60), 'Sat Nov 21 00:55:35 2026')
  assert.equal(ctime(1_700_000_000_000, 0), 'Tue Nov 14 22:13:20 2023')
  assert.equal(ctime(Date.UTC(2026, 0, 2, 3, 4, 5), 0), 'Fri Jan  2 03:04:05 2026')
})

test('messageId() holds time, process and chance (spec mailflow 0.2)', () => {
  assert.equal(
    messageId(1_700_000_000_999, 42, '0a1b2c3d', 'example.org'),
    '<1700000000-42-mlmmj-0a1b2c3d@example.org>',
  )
})
