import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wireMessage } from './wire.ts'

const on = (text: string) => wireMessage(Buffer.from(text, 'latin1')).wire.toString('latin1')

const lines: [string, string, string][] = [
  ['LF becomes CR LF', 'a: b\n\nc\n', 'a: b\r\n\r\nc\r\n'],
  ['CR LF stays', 'a: b\r\n\r\nc\r\n', 'a: b\r\n\r\nc\r\n'],
  ['several CRs before LF are one line end', 'a\r\r\nb\r\r\r\n', 'a\r\nb\r\n'],
  ['a CR inside a line stays', 'a\rb\r\rc\n', 'a\rb\r\rc\r\n'],
  ['a CR before a dot becomes a blank', 'a\r.\rb\r\r.c\n', 'a .\rb  .c\r\n'],
  ['a missing line end is added', 'a\nb', 'a\r\nb\r\n'],
  ['a CR at the very end is a line end', 'a\r', 'a\r\n'],
  ['a line end that is there is not added again', 'a\n', 'a\r\n'],
  ['an empty mail is an empty line', '', '\r\n'],
  [
    'dots are stuffed on the first line and all others',
    '.a\n.\n..\nb.\n',
    '..a\r\n..\r\n...\r\nb.\r\n',
  ],
  [
    'no kind of line end smuggles a final dot',
    'a\n.\nb\r.\rc\r\n.\rd\n',
    'a\r\n..\r\nb .\rc\r\n..\rd\r\n',
  ],
]
for (const [title, stored, sent] of lines)
  test(`wireMessage(): ${title}`, () => assert.equal(on(stored), sent))

test('wireMessage() says where a header line can be put in', () => {
  const at = (text: string) => wireMessage(Buffer.from(text)).headerEnd
  assert.equal(at('A: b\n\nc\n'), 6)
  assert.equal(at('A: b\r\nC: d\r\n\r\nc'), 12)
  assert.equal(at('\nbody\n'), 0)
  assert.equal(at('A: b\n'), 6)
  assert.equal(at('A: b'), 6)
})

test('wireMessage() tells whether there are bytes above 127', () => {
  const eightBit = (text: string) => wireMessage(Buffer.from(text)).eightBit
  assert.equal(eightBit('A: b\n\nc\n'), false)
  assert.equal(eightBit('A: b\n\nü\n'), true)
  assert.equal(eightBit('A: ü\n\nc\n'), true)
})

const bytes = fc.array(fc.constantFrom('\r', '\n', '.', 'a', ' ', '\0', '\xff'), { maxLength: 40 })

test('whatever is stored, the wire holds whole lines without a final dot among them', () => {
  fc.assert(
    fc.property(bytes, (parts) => {
      const wire = on(parts.join(''))
      assert.match(wire, /\r\n$/)
      assert.doesNotMatch(wire, /(?<!\r)\n/)
      assert.doesNotMatch(`\r\n${wire}`, /\r\n\.(?!\.)|\r\./)
    }),
  )
})

const blanks = (returns: string) => ' '.repeat(returns.length)

test('a receiver gets back the lines that were stored', () => {
  fc.assert(
    fc.property(bytes, (parts) => {
      const stored = parts.join('')
      const received = on(stored).replace(/(^|\r\n)\./g, '$1')
      const normal = stored
        .replace(/\r*\n/g, '\n')
        .replace(/\r+$/, '')
        .replace(/\r+(?=\.)/g, blanks)
      const ended = normal.endsWith('\n') ? normal : `${normal}\n`
      assert.equal(received, ended.replaceAll('\n', '\r\n'))
    }),
  )
})
