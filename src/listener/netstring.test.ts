import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFault } from '../base/fault.ts'
import { mostBytes, netstring, netstringReader } from './netstring.ts'

test('netstringReader() finds the same strings however the bytes are cut', () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', '1', ':', ',', '\0', '\xff') }))
  fc.assert(
    fc.property(texts, fc.array(fc.nat(20)), (wanted, cuts) => {
      const bytes = Buffer.concat(wanted.map(netstring))
      const reader = netstringReader()
      const found: string[] = []
      let at = 0
      for (const length of [...cuts, bytes.length]) {
        found.push(...reader.take(bytes.subarray(at, at + length)))
        at += length
      }
      assert.deepEqual(found, wanted)
      assert.equal(reader.pending, false)
    }),
  )
})

test('netstringReader() says when a string is incomplete', () => {
  const reader = netstringReader()
  assert.equal(reader.pending, false)
  assert.deepEqual(reader.take(Buffer.from('3:ab')), [])
  assert.equal(reader.pending, true)
  assert.deepEqual(reader.take(Buffer.from('c,')), ['abc'])
  assert.equal(reader.pending, false)
})

test('netstringReader() takes 100000 bytes and not one more', () => {
  const text = 'x'.repeat(mostBytes)
  assert.deepEqual(netstringReader().take(netstring(text)), [text])
  assert.throws(
    () => netstringReader().take(Buffer.from('100001:')),
    (thrown) => isFault(thrown, 'badUsage') && /may have 100000 bytes/.test(thrown.message),
  )
  // Refused as soon as it is announced, before its bytes are kept.
  assert.throws(() => netstringReader().take(Buffer.from('1000000')))
})

for (const bad of ['x', ':', ':,', '01:a,', '-1:,', '1 :a,', '1x', '3:abcd', ' ', '\n', '+1:a,'])
  test(`netstringReader() refuses ${JSON.stringify(bad)}`, () => {
    assert.throws(
      () => netstringReader().take(Buffer.from(bad)),
      (thrown) => isFault(thrown, 'badUsage'),
    )
  })
