import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../../list/identity.ts'
import { renderDigestText } from './digest-text.ts'

const order = {
  request: { purpose: 'digest' },
  identity: identityOf({ listaddress: ['talk@example.org'], delimiter: undefined }),
  values: { digestissue: '3', digestinterval: '4-9' },
  lists: { digestthreads: ['Hello', '      4 - ann@example.org', ''] },
  sources: { text: () => undefined, control: () => undefined, controlExists: () => false },
}
const usual = 'Subject: =?utf-8?q?Digest_of_talk=40example.org_issue_3_=284-9=29?='

test('renderDigestText() takes the subject from the text', () => {
  const { subject, body, warnings } = renderDigestText(
    'Subject: issue $digestissue$\n\nTopics:\n%digestthreads%\nend\n',
    order,
  )
  assert.equal(subject, 'Subject: issue 3')
  assert.equal(body.toString(), 'Topics:\nHello\n      4 - ann@example.org\n\nend\n')
  assert.deepEqual(warnings, [])
})

test('renderDigestText() loses a first line that is no subject', () => {
  const { subject, body, warnings } = renderDigestText('X-A: 1\nbody\n', order)
  assert.deepEqual([subject, body.toString(), warnings.length], [usual, 'body\n', 1])
})

test('renderDigestText() loses a second header line', () => {
  const { subject, body, warnings } = renderDigestText('Subject: S\nX-A: 1\n\nbody\n', order)
  assert.deepEqual([subject, body.toString(), warnings.length], ['Subject: S', '\nbody\n', 1])
})

test('renderDigestText() needs no text', () => {
  const { subject, body } = renderDigestText(undefined, order)
  assert.deepEqual([subject, body.length], [usual, 0])
})
