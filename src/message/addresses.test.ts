import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressesIn } from './addresses.ts'

/** Value and addresses, those of spec mailflow 0.4 first. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['"Doe, Joe" <joe@y.test>', ['joe@y.test']],
  ['Doe, Joe <joe@y.test>', ['Doe', 'joe@y.test']],
  ['undisclosed:;', []],
  ['team: a@x.test;', ['a@x.test']],
  ['"sub"@x.test', ['sub@x.test']],
  ['<"sub"@x.test>', ['sub@x.test']],
  ['a@x.test\t', ['a@x.test']],
  ['(c) a@x.test', ['a@x.test']],
  ['< a@x.test >', ['a@x.test']],
  ['<@r:a@x.test>', ['a@x.test']],
  ['a@x.test; b@x.test', ['a@x.test', 'b@x.test']],
  ['<>', ['']],
  ['joe at y.test', ['joe@y.test']],
  ['joe @ y.test', ['joe@y.test']],
  // What one sees in the wild.
  ['', []],
  [' ,, ,', []],
  ['a@x.test,b@x.test , c@x.test', ['a@x.test', 'b@x.test', 'c@x.test']],
  ['Joe <joe@y.test>, Ann <ann@y.test>', ['joe@y.test', 'ann@y.test']],
  ['a@x.test (Joe, of (nested, twice) y)', ['a@x.test']],
  ['a@x.test (quoted \\) paren), b@x.test', ['a@x.test', 'b@x.test']],
  ['<a@x.test> (one), ignored <b@x.test>', ['a@x.test', 'b@x.test']],
  ['<a@x.test> <b@x.test>', ['a@x.test']],
  ['boss@x.test <joe@y.test>', ['joe@y.test']],
  ['"boss@x.test" <joe@y.test>', ['joe@y.test']],
  ['"boss <boss@x.test>" <joe@y.test>', ['joe@y.test']],
  ['"quoted \\" <boss@x.test>" <joe@y.test>', ['joe@y.test']],
  ['A: a@x.test, B <b@x.test>;, c@x.test, D: ;', ['a@x.test', 'b@x.test', 'c@x.test']],
  ['<@one.test,@two.test:joe@y.test>, a@x.test', ['joe@y.test', 'a@x.test']],
  ['joe@[IPv6:2001:db8::1], a@x.test', ['joe@[IPv6:2001:db8::1]', 'a@x.test']],
  ['[list] Joe <joe@y.test>', ['joe@y.test']],
  ['joe . doe @ y . test', ['joe.doe@y.test']],
  ['=?utf-8?q?Doe=2C_Joe?= <joe@y.test>', ['joe@y.test']],
  ['J\xc3\xb6 <j\xc3\xb6@y.test>', ['j\xc3\xb6@y.test']],
  ['mailto:joe@y.test', ['joe@y.test']],
  ['joe', ['joe']],
  ['Joe Doe', ['Joe Doe']],
  // Quotes that are needed stay, so that no other address comes out.
  ['"a b"@x.test', ['"a b"@x.test']],
  ['"a@b"@x.test', ['"a@b"@x.test']],
  ['"joe at y.test"', ['"joe at y.test"']],
  ['"a@x.test"', ['"a@x.test"']],
  // Broken off.
  ['Joe <joe@y.test', ['joe@y.test']],
  ['<joe@y.test, a@x.test>', ['joe@y.test', 'a@x.test>']],
  ['"Joe <joe@y.test>', ['"Joe <joe@y.test>']],
  ['joe@y.test (Joe', ['joe@y.test']],
  ['<<joe@y.test>>', ['joe@y.test']],
  ['joe@y.test>', ['joe@y.test>']],
  ['team: a@x.test, b@x.test', ['a@x.test', 'b@x.test']],
]

for (const [value, wanted] of cases)
  test(`addressesIn() finds ${JSON.stringify(wanted)} in ${JSON.stringify(value)}`, () => {
    assert.deepEqual(addressesIn(value), wanted)
  })

const address = fc
  .tuple(fc.stringMatching(/^[a-z0-9]+(\.[a-z0-9]+)?$/), fc.stringMatching(/^[a-z]+$/))
  .map(([local, host]) => `${local}@${host}.example.org`)
const phrase = fc.constantFrom('', 'Joe ', '"Doe, Joe" ', '(a, comment) ', '=?utf-8?q?=2C?= ')
const written = fc.tuple(phrase, address, fc.constantFrom('plain', 'angle', 'group'))

test('addressesIn() finds what was put in a list, however it is dressed', () => {
  fc.assert(
    fc.property(fc.array(written), (members) => {
      const value = members.map(([name, address, dress]) => {
        if (dress === 'angle') return `${name}<${address}>`
        return dress === 'group' ? `Team: ${name}<${address}>;` : `${address} (Joe, (him))`
      })
      assert.deepEqual(
        addressesIn(value.join(', ')),
        members.map(([, address]) => address),
      )
    }),
  )
})

const soup = fc
  .array(fc.constantFrom(...'",()<>:;[]@\\ \t.', 'at', 'a', '\0', '\xe9'), { maxLength: 60 })
  .map((parts) => parts.join(''))

test('addressesIn() takes any bytes and adds none', () => {
  fc.assert(
    fc.property(soup, (value) => {
      for (const address of addressesIn(value)) {
        assert.ok(address.length <= value.length)
        assert.doesNotMatch(address.replace(/["[].*/, ''), /^[ \t]|[ \t]{2}/)
      }
    }),
  )
})

test('addressesIn() takes little time for hostile values', () => {
  const pieces = [',', '<>,', '(', ')', '"', '\\', '<', '<@,', '@[', '@[],', '@,', ':', ';', ' ']
  for (const piece of [...pieces, 'a at ', 'a@x.test,', '(()', '"\\', ' . ', '<a>:', '"" '])
    for (const start of ['', '<@'])
      quickly(() => addressesIn(start + piece.repeat(300_000 / piece.length)))
})

function quickly(act: () => unknown): void {
  const start = performance.now()
  act()
  assert.ok(performance.now() - start < 5_000)
}
