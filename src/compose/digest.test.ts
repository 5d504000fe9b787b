import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../list/identity.ts'
import { readSettings } from '../list/tunables.ts'
import { composeDigest, type DigestOrder } from './digest.ts'

const order: DigestOrder = {
  identity: identityOf({ listaddress: ['Talk@example.org'], delimiter: undefined }),
  settings: readSettings(
    () => undefined,
    () => undefined,
  ),
  issue: 3,
  marks: ['X-Loop: Talk@example.org', 'X-Loop: gossip@example.net'],
  first: 5,
  last: 7,
  posts: [
    { number: 5, subject: 'Alpha', from: 'ann@example.org' },
    { number: 7, subject: 'Re: Alpha', from: 'joe@example.net' },
  ],
  template:
    'Subject: Issue $digestissue$\n\n$digestfirst$ $digestlast$ $digestinterval$\n- %digestthreads%\n',
  sources: { text: () => undefined, control: () => undefined, controlExists: () => false },
  stamp: { epochMs: 1_700_000_000_000, zoneMinutes: 60, pid: 42, random: '0123abcd' },
}

function shown(changes: Partial<DigestOrder> = {}): string {
  const digest = composeDigest({ ...order, ...changes })
  return digest.opening('BB').toString('latin1')
}

test('composeDigest() writes the header once, each field once', () => {
  assert.equal(
    shown(),
    `From: Talk+help@example.org
MIME-Version: 1.0
Content-Type: multipart/digest; boundary="BB"
Content-Transfer-Encoding: 8bit
Subject: Issue 3
Date: Tue, 14 Nov 2023 23:13:20 +0100
Message-ID: <1700000000-42-mlmmj-0123abcd@example.org>
Auto-Submitted: auto-generated
X-Loop: Talk@example.org
X-Loop: gossip@example.net


--BB
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

5 7 5-7
- Alpha
-       5 - ann@example.org
-       7 - joe@example.net
-${' '}
`,
  )
})

test('composeDigest() names the part after its post, in a file name that ends where it shall', () => {
  const digest = composeDigest({
    ...order,
    identity: identityOf({ listaddress: ['od"d@example.org'], delimiter: undefined }),
  })
  assert.equal(
    digest.partOpening('BB', 7).toString(),
    `
--BB
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit
Content-Disposition: inline; filename="odd_7.eml"

`,
  )
  assert.equal(digest.closing('BB').toString(), '\n--BB--\n')
})

test('composeDigest() leaves the text part out when nobody wants it or there is none', () => {
  const quiet = shown({ settings: { ...order.settings, nodigesttext: true } })
  assert.match(quiet, /\nSubject: Issue 3\n/)
  assert.match(quiet, /\n\n$/)
  assert.doesNotMatch(quiet, /--BB/)
  const usual = shown({ template: undefined })
  assert.match(usual.replace(/\n /g, ' '), /\nSubject: =\?utf-8\?q\?Digest_of_Talk=40example.org/)
  assert.doesNotMatch(usual, /--BB/)
})

test('composeDigest() adds the custom headers, and no empty line among them', () => {
  const custom = 'X-One: 1\r\n\r\nX-Two: 2'
  const text = shown({ settings: { ...order.settings, customheaders: custom } })
  assert.match(text, /generated\nX-One: 1\nX-Two: 2\nX-Loop: .*\nX-Loop: .*\n\n\n--BB\n/)
})

test('composeDigest() encodes and folds a subject, and says Subject: once', () => {
  const long = `Subject: ${'Gr\xc3\xbc\xc3\x9fe '.repeat(20)}\n\ntext\n`
  const [header = ''] = shown({ template: long }).split('\n\n')
  assert.equal(header.match(/^Subject:/gm)?.length, 1)
  for (const line of header.split('\n')) assert.ok(line.length <= 76, line)
})

test('composeDigest() does not read the subject of a post as template', () => {
  const posts = [{ number: 5, subject: '$listaddr$ %control owner%', from: '$digestissue$' }]
  const text = shown({ posts })
  assert.match(text, /- \$listaddr\$ %control owner%\n- {7}5 - \$digestissue\$\n/)
})

test('composeDigest() shows a single post as one number', () => {
  assert.match(shown({ last: 5 }), /\n5 5 5\n/)
})
