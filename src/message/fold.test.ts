import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { foldLine } from './fold.ts'

test('foldLine() leaves a line of 78 alone and folds one of 79 (RFC 5322 2.1.1)', () => {
  const line = `Subject: ${'a'.repeat(30)} ${'b'.repeat(38)}`
  assert.equal(foldLine(line, '\n'), line)
  assert.equal(foldLine(`${line}b`, '\r\n'), `Subject: ${'a'.repeat(30)}\r\n ${'b'.repeat(39)}`)
})

test('foldLine() keeps lines with encoded words to 76 (RFC 2047 2)', () => {
  const line = `Subject: =?utf-8?q?${'a'.repeat(27)}?= ${'b'.repeat(27)}`
  assert.equal(line.length, 76)
  assert.equal(foldLine(line, '\n'), line)
  assert.match(foldLine(`${line}b`, '\n'), /\?=\n b+$/)
})

test('foldLine() cuts no word, leaves the name its first one and makes no line of blanks', () => {
  const long = 'x'.repeat(200)
  assert.equal(foldLine(`A: ${long} \t  ${long}  `, '\n'), `A: ${long}\n \t  ${long}  `)
  assert.equal(foldLine(`A: ${' '.repeat(100)}`, '\n'), `A: ${' '.repeat(100)}`)
})

test('foldLine() can be undone by joining the lines', () => {
  const lines = fc.array(fc.constantFrom(' ', '\t', 'word', 'x'.repeat(30), '=?a?q?b?='))
  fc.assert(
    fc.property(lines, (parts) => {
      const folded = foldLine(`A:${parts.join('')}`, '\n')
      assert.equal(folded.replaceAll('\n', ''), `A:${parts.join('')}`)
      for (const part of folded.split('\n').slice(1)) assert.match(part, /^[ \t].*[^ \t]/)
    }),
  )
})

test('foldLine() takes little time for a hostile line', () => {
  for (const piece of [' ', 'a', 'a ', ' \t', 'a          '])
    quickly(() => foldLine(`A: ${piece.repeat(100_000)}`, '\n'))
})

function quickly(act: () => unknown): void {
  const start = performance.now()
  act()
  assert.ok(performance.now() - start < 5_000)
}
