import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesFromText } from '../../base/bytes.ts'
import { decodeLine } from './decode-line.ts'

test('decodeLine() turns \\uXXXX into UTF-8', () => {
  assert.equal(decodeLine('caf\\u00e9 \\u20AC\\u0041'), bytesFromText('café €A'))
})

test('decodeLine() does not decode behind an odd backslash, or behind a character', () => {
  assert.equal(decodeLine('\\\\u0041 \\u0041'), '\\\\u0041 A')
  assert.equal(decodeLine('\\ x \\u0041 \\u0041'), '\\ x \\u0041 A')
  assert.equal(decodeLine('\u00c3\u00a5\\u0041'), '\u00c3\u00a5\\u0041')
})

test('decodeLine() makes a question mark of digits that are missing', () => {
  assert.equal(decodeLine('a\\u12 b\\uxyz1\\u'), 'a?12 b?xyz1?')
})

test('decodeLine() ends the line at U+0000', () => {
  assert.equal(decodeLine('ab\\u0000cd'), 'ab')
})

test('decodeLine() keeps characters of all lengths', () => {
  for (const text of ['å', 'ก', '中', '가', '😀', '\u{10ffff}'])
    assert.equal(decodeLine(bytesFromText(text)), bytesFromText(text))
})

test('decodeLine() makes question marks of invalid UTF-8', () => {
  assert.equal(decodeLine('\u00ff \u00c0\u0080 \u00a5'), '? ?? ?')
  assert.equal(decodeLine('\u00e0\u0080\u0080 \u00f0\u0080\u0080\u0080'), '??? ????')
})

test('decodeLine() loses the byte that cuts a character short', () => {
  assert.equal(decodeLine('\u00c3(x'), '?x')
  assert.equal(decodeLine('\u00e2\u0082 y'), '?y')
})
