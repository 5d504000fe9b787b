import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wireMessage, wireMessageOf } from './wire.ts'

const on = (text: string) =>
  Buffer.concat(wireMessage(Buffer.from(text, 'latin1')).pieces).toString('latin1')

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
  const at = (text: string) => {
    const { pieces, headPieces } = wireMessage(Buffer.from(text))
    return Buffer.concat(pieces.slice(0, headPieces)).length
  }
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

test('a mail in pieces leaves as the same mail in one piece does', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, fc.array(fc.nat(40)), async (parts, cuts) => {
      const mail = Buffer.from(parts.join(''), 'latin1')
      async function* pieces() {
        let from = 0
        for (const cut of cuts.toSorted((a, b) => a - b)) {
          yield await Promise.resolve(mail.subarray(from, cut))
          from = Math.min(cut, mail.length)
        }
        yield mail.subarray(from)
      }
      const [one, many] = [wireMessage(mail), await wireMessageOf(pieces())]
      const [head, otherHead] = [one, many].map(({ pieces, headPieces }) =>
        Buffer.concat(pieces.slice(0, headPieces)),
      )
      assert.deepEqual(Buffer.concat(many.pieces), Buffer.concat(one.pieces))
      assert.deepEqual(otherHead, head)
      assert.equal(many.length, one.length)
      assert.equal(many.eightBit, one.eightBit)
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
