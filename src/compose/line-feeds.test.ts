import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineFeeds } from './line-feeds.ts'

function through(...pieces: readonly string[]): string {
  const normal = lineFeeds()
  return pieces.map((piece) => normal(Buffer.from(piece, 'latin1')).toString('latin1')).join('')
}

test('lineFeeds() takes the CR in front of LF away, and no other', () => {
  assert.equal(through('a\r\nb\nc\r\r\n\r\nd\re\n'), 'a\nb\nc\n\nd\re\n')
})

test('lineFeeds() knows a line end that is cut in two', () => {
  assert.equal(through('a\r', '\nb\r', '\r', 'c\r'), 'a\nb\r\rc')
})

test('lineFeeds() hands on pieces without CR as they are', () => {
  const piece = Buffer.from('a\nb\xff', 'latin1')
  assert.equal(lineFeeds()(piece), piece)
})
