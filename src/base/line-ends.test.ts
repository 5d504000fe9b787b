import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { counterBytes, lineEndCounter, slowCounter } from './line-ends.ts'

for (const [name, made] of Object.entries({ quick: lineEndCounter, slow: slowCounter })) {
  test(`the ${name} counter counts every LF, and no byte that is like it`, () => {
    const counter = made()
    const alike = fc.constantFrom(0x0a, 0x0a, 0x00, 0x0b, 0x09, 0x8a, 0x80, 0x7f, 0xff)
    fc.assert(
      fc.property(fc.array(alike, { maxLength: 70 }), fc.nat(70), (bytes, most) => {
        const length = Math.min(most, bytes.length)
        // What an earlier file left behind does not count.
        counter.buffer.fill(0x0a)
        counter.buffer.set(bytes)
        const expected = bytes.slice(0, length).filter((byte) => byte === 0x0a).length
        assert.equal(counter.count(length), expected)
      }),
    )
    counter.buffer.fill(0x0a)
    assert.equal(counter.count(counterBytes), counterBytes)
  })
}

test('where 128-bit WebAssembly is, the quick counter is no loop over bytes', () => {
  assert.notEqual(String(lineEndCounter().count), String(slowCounter().count))
})
