import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesFromText } from '../base/bytes.ts'
import { decodeLoosely } from '../message/encoded-word.ts'
import { subjectOfPrefix, subjectWithPrefix } from './subject-prefix.ts'

test('subjectWithPrefix() puts the prefix in front, the value keeps its blank', () => {
  assert.equal(subjectWithPrefix(' hello', '[L]', '\n'), 'Subject: [L] hello')
  assert.equal(subjectWithPrefix('', '[L]', '\n'), 'Subject: [L]')
})

test('subjectWithPrefix() leaves a subject alone that shows the prefix', () => {
  const shown = [' [L] hi', ' Re: [L] hi', ' =?utf-8?b?W0xdIGhp?=', ' =?utf-8?q?=5BL?= =?a?q?]?=']
  for (const value of shown) assert.equal(subjectWithPrefix(value, '[L]', '\n'), undefined)
  assert.equal(subjectWithPrefix(' Re: [L]', '[L] ', '\n'), undefined)
  assert.equal(subjectWithPrefix(' anything', '', '\n'), undefined)
})

test('subjectWithPrefix() tells letters apart by case, as mlmmj does', () => {
  assert.equal(subjectWithPrefix(' [l] hi', '[L]', '\n'), 'Subject: [L] [l] hi')
})

test('subjectWithPrefix() understands a prefix that is an encoded word already', () => {
  const prefix = '=?utf-8?q?=5Bcaf=C3=A9=5D?='
  assert.equal(subjectWithPrefix(' hi', prefix, '\n'), `Subject: ${prefix} hi`)
  assert.equal(subjectWithPrefix(' Re: =?iso-8859-1?q?[caf=E9]?= hi', prefix, '\n'), undefined)
})

test('subjectOfPrefix() is for a mail without a subject', () => {
  assert.equal(subjectOfPrefix('[L]', '\n'), 'Subject: [L]')
  assert.equal(subjectOfPrefix('', '\n'), 'Subject: ')
})

test('A prefix is added once: in the reply it is found again', () => {
  const prefix = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  const value = fc.constantFrom('', ' hello', '=?utf-8?q?=C3=A9?=', ' =?utf-8?q?=C3=A9?= x')
  fc.assert(
    fc.property(prefix, value, (text, subject) => {
      const line = subjectWithPrefix(subject, bytesFromText(text), '\n') ?? `Subject: ${subject}`
      const reply = ` Re:${line.slice('Subject:'.length).replaceAll('\n', '')}`
      assert.equal(subjectWithPrefix(reply, bytesFromText(text), '\n'), undefined)
      const words = /[^ -~]/.test(text)
      if (words)
        assert.ok(
          line.split('\n').every((part) => part.length <= 76),
          line,
        )
      assert.ok(decodeLoosely(line).startsWith('Subject:'))
    }),
  )
})
