import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesFromText } from '../../base/bytes.ts'
import { decodeText } from '../../message/encoded-word.ts'
import { subjectField } from './subject-field.ts'

test('subjectField() leaves plain words as they are', () => {
  const plain = 'Reading list for May, part 2; ok: yes-no.'
  assert.equal(subjectField(`  ${plain} \t`), `Subject: ${plain}`)
  assert.equal(subjectField(''), 'Subject: ')
})

test('subjectField() encodes anything else', () => {
  assert.equal(subjectField('Tea (new) + more!'), 'Subject: =?utf-8?q?Tea_=28new=29_=2B_more=21?=')
  assert.equal(subjectField(bytesFromText('à')), 'Subject: =?utf-8?q?=C3=A0?=')
})

test('subjectField() folds what is long without tearing characters', () => {
  for (const value of ['äöü '.repeat(40), 'word '.repeat(60), 'w'.repeat(5_000)]) {
    const field = subjectField(bytesFromText(value))
    for (const line of field.split('\n')) assert.ok(line.length <= 78, line)
    assert.equal(decodeText(field.slice(9).replaceAll('\n', '')), bytesFromText(value.trim()))
  }
})

test('subjectField() is quick when the value is hostile', () => {
  assert.equal(subjectField(`${' '.repeat(500_000)}x${' '.repeat(500_000)}`), 'Subject: x')
})
