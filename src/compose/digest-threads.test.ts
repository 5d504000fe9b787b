import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesFromText } from '../base/bytes.ts'
import { digestThreads } from './digest-threads.ts'

function threads(subjects: readonly (string | undefined)[], prefix?: string): readonly string[] {
  const posts = subjects.map((subject, place) => ({
    number: place + 1,
    subject,
    from: `p${place + 1}@example.org`,
  }))
  return digestThreads(posts, prefix)
}

test('digestThreads() puts the posts of a thread under one subject', () => {
  assert.deepEqual(threads(['Alpha', 'Beta', 'Re: Alpha', 'RE:  re: alpha']), [
    'Alpha',
    '      1 - p1@example.org',
    '      3 - p3@example.org',
    '      4 - p4@example.org',
    '',
    'Beta',
    '      2 - p2@example.org',
    '',
  ])
})

const sameThread = [
  'Fwd: Alpha',
  'AW: Re[2]: Alpha',
  'Sv: VS: Alpha',
  '[talk] Re: Alpha',
  'Re: [talk] Re: Alpha',
  '  Re : Alpha ',
  '回复：Alpha',
]
for (const subject of sameThread)
  test(`digestThreads() takes ${subject} for the thread of Alpha`, () => {
    const encoded = bytesFromText(subject).replace(/[^ -~]/g, (byte) => {
      return `=${byte.charCodeAt(0).toString(16).toUpperCase()}`
    })
    const value = encoded === subject ? subject : `=?utf-8?q?${encoded}?=`
    assert.equal(threads(['[talk] Alpha', value], '[talk]').filter((line) => line === '').length, 1)
  })

test('digestThreads() reads a subject that is not encoded, and one that would be more lines', () => {
  const raw = bytesFromText('Grüße')
  assert.deepEqual(threads([raw, 'Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?=', '=?utf-8?q?a=0Ab=1B?=']), [
    raw,
    '      1 - p1@example.org',
    '      2 - p2@example.org',
    '',
    'a b',
    '      3 - p3@example.org',
    '',
  ])
})

test('digestThreads() keeps apart what only looks alike', () => {
  const lines = threads(['Research: a', 'a', 'Regarding a'])
  assert.equal(lines.filter((line) => line === '').length, 3)
})

test('digestThreads() decodes, and says what is missing', () => {
  const posts = [
    {
      number: 7,
      subject: ' =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
      from: ' =?utf-8?q?J=C3=B6?= <jo@example.org>',
    },
    { number: 9, subject: undefined, from: undefined },
    { number: 11, subject: 'Re:', from: '' },
  ]
  assert.deepEqual(digestThreads(posts), [
    bytesFromText('Grüße'),
    bytesFromText('      7 - Jö <jo@example.org>'),
    '',
    'no subject',
    '      9 - anonymous',
    '      11 - anonymous',
    '',
  ])
})
