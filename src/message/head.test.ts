import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findHeadEnd, readHead } from './head.ts'

function headOf(mail: string) {
  return readHead(Buffer.from(mail, 'latin1'))
}

function joined(mail: string): string[] {
  return headOf(mail).fields.map((field) => field.joined)
}

test('readHead() joins continuation lines and puts nothing in (spec mailflow 0.3)', () => {
  assert.deepEqual(joined('Subject: Hello\n  World\r\n\tagain\n\nbody'), [
    'Subject: Hello  World\tagain',
  ])
})

test('readHead() gives name and value of a field', () => {
  const [subject, odd, none] = headOf('SUBJECT: \tHello: you\t \nX Y :z\nno colon\n\n').fields
  assert.deepEqual([subject?.name, subject?.value()], ['subject', 'Hello: you'])
  assert.deepEqual([odd?.name, odd?.value()], ['x y ', 'z'])
  assert.deepEqual([none?.name, none?.value()], ['', 'no colon'])
})

test('readHead() lets a line of blanks continue a field and an empty one end the block', () => {
  const head = headOf('A: 1\n \t\nB: 2\n\n C: body\n')
  assert.deepEqual(
    head.fields.map((field) => field.raw.toString()),
    ['A: 1\n \t\n', 'B: 2\n'],
  )
  assert.equal(head.bodyStart, 14)
})

test('readHead() takes a first line that begins with a blank, and lines without a colon', () => {
  assert.deepEqual(joined(' odd\n more\nnone\nA: 1\n'), [' odd more', 'none', 'A: 1'])
})

test('readHead() keeps NUL and bare CR inside a line', () => {
  assert.deepEqual(joined('A: 1\0x\nB: 2\rx\r\r\nC: 3\n\n'), ['A: 1\0x', 'B: 2\rx', 'C: 3'])
})

test('readHead() keeps bytes above 127 as they are', () => {
  assert.deepEqual(joined('A: \xc3\xa0\xff\n\n'), ['A: \xc3\xa0\xff'])
  assert.equal(headOf('A: \xc3\xa0\n\n').fields[0]?.value(), '\xc3\xa0')
})

test('readHead() says whether and how the block was ended', () => {
  const ends = ['', 'A: 1', 'A: 1\n', '\n', 'A: 1\n\n', 'A: 1\n\r\r\nx', 'A: 1\n\r', 'A: 1\r\n']
  assert.deepEqual(
    ends.map((mail) => headOf(mail).separator.toString()),
    ['', '', '', '\n', '\n', '\r\r\n', '\r', ''],
  )
})

test('readHead() finds out how the mail ends its lines', () => {
  const ends = ['', 'A: 1', 'A: 1\n\n', 'A: 1\r\n\r\n', 'A: 1\n\r\n', 'A: 1\r\n\n', 'A: 1\r\nB']
  assert.deepEqual(
    ends.map((mail) => headOf(mail).lineEnd),
    ['\n', '\n', '\n', '\r\n', '\r\n', '\n', '\r\n'],
  )
})

const mails = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', ' ', '\t', '\0', ':', 'a', '\xff'), { maxLength: 40 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))

test('readHead() loses no byte of any mail', () => {
  fc.assert(
    fc.property(mails, (mail) => {
      const { fields, separator, bodyStart } = readHead(mail)
      const parts = [...fields.map(({ raw }) => raw), separator, mail.subarray(bodyStart)]
      assert.deepEqual(Buffer.concat(parts), mail)
      assert.ok(fields.every((field) => !field.joined.includes('\n')))
      assert.ok(fields.slice(0, -1).every(({ raw }) => raw.at(-1) === 0x0a))
    }),
  )
})

test('findHeadEnd() finds the same end when a mail comes in pieces', () => {
  fc.assert(
    fc.property(mails, fc.nat(40), (mail, cut) => {
      const whole = findHeadEnd(mail)
      const early = findHeadEnd(mail.subarray(0, cut))
      assert.equal(early ?? findHeadEnd(mail, Math.min(cut, mail.length)), whole)
    }),
  )
})

test('readHead() takes little time for hostile headers', () => {
  const many = 100_000
  const hostile = ['A:\n', ' \n', '\r', 'A', '\r\n ', '\n\t\r', '::', '\0\n']
  for (const piece of hostile) quickly(() => headOf(`X: y\n${piece.repeat(many)}`))
  assert.equal(headOf('A: 1\n'.repeat(many)).fields.length, many)
})

function quickly(act: () => unknown): void {
  const start = performance.now()
  act()
  assert.ok(performance.now() - start < 5_000)
}
