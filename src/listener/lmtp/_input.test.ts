import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Input, tooLong } from './_input.ts'

function inputOf(...chunks: readonly string[]): Input {
  const input = new Input()
  for (const chunk of chunks) input.add(Buffer.from(chunk, 'latin1'))
  return input
}

/** Reads a mail that comes in these chunks, each looked at when it has come; and what is behind it. */
function readMail(chunks: readonly string[]): { mail: string; isWhole: boolean; rest: string } {
  const input = new Input()
  input.beginMail()
  let mail = ''
  let isWhole = false
  for (const chunk of chunks) {
    input.add(Buffer.from(chunk, 'latin1'))
    while (!isWhole) {
      const piece = input.mail()
      if (piece === undefined) break
      mail += piece.bytes.toString('latin1')
      isWhole = piece.isLast
    }
  }
  let rest = ''
  for (let line = input.line(); line !== undefined; line = input.line()) rest += `${String(line)}\n`
  return { mail, isWhole, rest }
}

/** The same by the letter of RFC 5321 4.5.2, slowly. */
function bySpecification(sent: string): string | undefined {
  const end = /^\.\r\n|\r\n\.\r\n/.exec(sent)
  if (end === null) return undefined
  const whole = end.index === 0 && sent.startsWith('.\r\n') ? '' : sent.slice(0, end.index + 2)
  return whole.replace(/(^|\r\n)\./g, '$1')
}

const piece = fc.constantFrom(
  '.',
  '.',
  '\r',
  '\n',
  '\r\n',
  '\r\n.',
  '..',
  'a',
  '\0',
  '\u00ff',
  'text',
)

/** A text and where it is cut. */
const cut = fc
  .tuple(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(60), { maxLength: 8 }))
  .map(([pieces, places]) => {
    const text = pieces.join('')
    const at = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b)]
    return { text, chunks: at.map((from, n) => text.slice(from, at[n + 1])) }
  })

test('a mail is the same however it is cut, and ends where RFC 5321 says', () => {
  fc.assert(
    fc.property(cut, ({ chunks, text }) => {
      const behind = [...chunks, '\r\n.\r\n', 'NOOP\r\n']
      const wanted = bySpecification(`${text}\r\n.\r\nNOOP\r\n`)
      const { mail, isWhole } = readMail(behind)
      assert.ok(isWhole)
      assert.equal(mail, wanted)
    }),
    { numRuns: 3_000 },
  )
})

test('a large mail comes in pieces and stays what it is', () => {
  const line = '..stuffed\r\n.\u00ff\r\nplain\r\r\n'
  const text = line.repeat(20_000)
  for (const size of [1_000, 4_097, 65_536, 100_003]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
      text.slice(n * size, (n + 1) * size),
    )
    const { mail, isWhole, rest } = readMail([...chunks, '.\r\nQUIT\r\n'])
    assert.ok(isWhole)
    assert.ok(mail === '.stuffed\r\n\u00ff\r\nplain\r\r\n'.repeat(20_000))
    assert.equal(rest, 'QUIT\n')
  }
})

test('a mail that drips in is gathered', () => {
  const input = new Input()
  input.beginMail()
  let pieces = 0
  for (let n = 0; n < 20_000; n++) {
    input.add(Buffer.from('x'))
    if (input.mail() !== undefined) pieces += 1
  }
  assert.equal(pieces, 4)
})

test('commands end with CRLF, or with LF alone', () => {
  const input = inputOf('NO', 'OP\r', '\nRSET\nQUIT \u00ff\r\nmo')
  assert.deepEqual(
    [input.line(), input.line(), input.line(), input.line()],
    ['NOOP', 'RSET', 'QUIT \u00ff', undefined],
  )
  assert.equal(input.length, 2)
})

test('a line that is too long is told at once, and stays all that is said', () => {
  const input = inputOf('x'.repeat(4_095))
  assert.equal(input.line(), undefined)
  input.add(Buffer.from('x'))
  assert.equal(input.line(), tooLong)
  input.add(Buffer.from('\r\nNOOP\r\n'))
  assert.equal(input.line(), tooLong)
  assert.equal(inputOf(`${'x'.repeat(4_095)}\nNOOP\n`).line(), 'x'.repeat(4_095))
  assert.equal(inputOf(`${'x'.repeat(4_096)}\nNOOP\n`).line(), tooLong)
})
