import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesFromText, textFromBytes } from '../base/bytes.ts'
import { decodeLoosely, decodeText, encodeWords } from './encoded-word.ts'

/** Value and what a reader sees (spec mailflow 0.5), as text. */
const shown: readonly (readonly [string, string])[] = [
  ['plain  text\twith blanks ', 'plain  text\twith blanks '],
  ['=?utf-8?q?bl=C3=A5b=C3=A4r?= och =?iso-8859-1?q?=E5?=', 'blåbär och å'],
  ['=?utf-8?b?8J+YgCBoaSDgpKg=?=', '😀 hi न'],
  ['=?UTF-8?Q?a_b=20c?=  =?utf-8?q?d?=   e', 'a b cd   e'],
  ['=?utf-8?q?=C3?=\t=?utf-8?q?=A9?=', 'é'],
  ['=?iso-8859-15?q?=A4?=', '€'],
  ['=?windows-1252?q?=80?=', '€'],
  ['=?iso-8859-1?q?=80?=', '\u0080'],
  ['=?koi8-r?b?8NLJ18XU?=', 'Привет'],
  ['=?iso-2022-jp?b?GyRCJUYlOSVIGyhC?=', 'テスト'],
  ['=?gb18030?B?xOO6ww==?=', '你好'],
  ['=?us-ascii?q?=E9?=', '?'],
  ['=?utf-8?q?=FF=E9?=', '??'],
  ['=?utf-8?q?a=XYb=?=', 'a=XYb='],
  ['=?utf-8?q??= z', ' z'],
  ['=?x-nobody-knows?q?x?=', '???'],
  ['=?utf-8*en?q?x?=', '???'],
  ['=?utf-8?x?abc?=', '???'],
  ['=?utf-8?q?abc', '???'],
  ['=?utf-8?q?a b?=', '??? b?='],
  ['=?utf-8?q?x?=,', '???'],
  ['foo=?utf-8?q?x?=', 'foo=?utf-8?q?x?='],
  ['bl\xc3\xa5b\xc3\xa4r', 'bl??b??r'],
  ['=?utf-8?q?a=0Ab=00c=7F?= \x01', 'a?b?c? ?'],
  ['a\r\n b', 'a   b'],
]

for (const [value, wanted] of shown)
  test(`decodeText() shows ${JSON.stringify(value)} as ${JSON.stringify(wanted)}`, () => {
    assert.equal(textFromBytes(decodeText(value)), wanted)
  })

const loosely: readonly (readonly [string, string])[] = [
  ['Re:=?utf-8?q?caf=C3=A9?=!', 'Re:café!'],
  ['=?utf-8*fr?q?caf=C3=A9_a b?=', 'café a b'],
  ['=?utf-8?q?a?= \r\n =?utf-8?q?b?= c', 'ab c'],
  ['=?x-nobody-knows?q?=5Bx=5D?=', '[x]'],
  ['caf\xc3\xa9', 'café'],
  ['caf\xe9 =?utf-8?q?=C3=A9?=', 'café é'],
  ['=?utf-8?z?a?= =?broken', '=?utf-8?z?a?= =?broken'],
]

for (const [value, wanted] of loosely)
  test(`decodeLoosely() reads ${JSON.stringify(value)} as ${JSON.stringify(wanted)}`, () => {
    assert.equal(decodeLoosely(value), wanted)
  })

test('encodeWords() writes the form that mlmmj writes', () => {
  assert.deepEqual(encodeWords('Digest of a@b (1)'), ['=?utf-8?q?Digest_of_a=40b_=281=29?='])
  assert.deepEqual(encodeWords(''), [])
})

test('encodeWords() takes what is no UTF-8 for iso-8859-1', () => {
  assert.deepEqual(encodeWords('caf\xe9'), ['=?utf-8?q?caf=C3=A9?='])
})

const texts = fc.string({ unit: 'binary', maxLength: 200 })

test('encodeWords() keeps to the limits and every word can be read alone (RFC 2047 2, 5)', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 24, max: 90 }), (text, room) => {
      const words = encodeWords(bytesFromText(text), room)
      assert.equal(decodeLoosely(words.join('\n ')), text)
      assert.equal(words.map((word) => decodeLoosely(word)).join(''), text)
      assert.ok(words.every((word) => /^[\x21-\x7e]{1,75}$/.test(word)))
      assert.ok((words[0] ?? '').length <= room)
    }),
  )
})

test('decodeText() and decodeLoosely() take any bytes', () => {
  const soup = fc.array(fc.constantFrom(...'=?_ \n*', 'utf-8', '?q?', '?b?', '\xff', 'A'))
  fc.assert(
    fc.property(soup, (parts) => {
      const value = parts.join('')
      decodeLoosely(value)
      assert.match(decodeText(value), /^[^\0-\x08\x0a-\x1f\x7f]*$/)
    }),
  )
})

test('Decoding takes little time for hostile values', () => {
  const pieces = ['=?', '=?a?q?', '=?utf-8?q?', '?', ' ', '=?utf-8?q?a?= ', '=?utf-8?b?', '=', '_']
  for (const piece of [...pieces, '=?big5?q?=A4?= x ', '=?x?q?a?= ', '=?utf-8?q?a?=', '\xff']) {
    const value = piece.repeat(300_000 / piece.length)
    quickly(() => decodeText(value))
    quickly(() => decodeLoosely(value))
  }
  quickly(() => encodeWords('\xe9'.repeat(100_000)))
})

function quickly(act: () => unknown): void {
  const start = performance.now()
  act()
  assert.ok(performance.now() - start < 5_000)
}
