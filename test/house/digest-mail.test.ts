import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post } from '../_mail.ts'
import { startSink } from '../_sink.ts'
import { digestOf, houseWith, listWithPosts, readers, takeApart } from './_digest-list.ts'

const crlf = post({ subject: 'Re: Alpha', body: 'two\n' }).replaceAll('\n', '\r\n')
const posts = [
  post({ subject: 'Alpha', body: 'one\n' }),
  crlf,
  post({ subject: '=?utf-8?q?Gr=C3=BC=C3=9Fe?=\n from\n\tafar', body: 'Subject: not me\n.\n' }),
  post({ subject: null, body: 'no end \xff' }),
]

test('a digest can be taken apart, and holds each post as it is', async () => {
  await using sink = await startSink()
  const text = 'Subject: Issue $digestissue$\n\n%digestthreads%\n'
  await using list = await listWithPosts(sink.port, posts, { files: { 'text/digest': text } })
  assert.deepEqual(await digestOf(list), [])
  const [taken] = await sink.waitFor(3)
  assert.ok(taken)
  const { header, parts } = takeApart(taken.mail)
  for (const name of ['From', 'To', 'Subject', 'Date', 'Message-ID', 'MIME-Version'])
    assert.equal(header.filter((line) => line.startsWith(`${name}: `)).length, 1, name)
  assert.ok(header.includes('From: talk+help@example.org'))
  assert.ok(header.includes('Subject: Issue 1'))
  assert.ok(header.includes('MIME-Version: 1.0'))
  const [summary, ...rest] = parts
  assert.deepEqual(summary?.header, [
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Transfer-Encoding: 8bit',
  ])
  const joe = 'Joe <joe@example.org>'
  assert.equal(
    summary?.body,
    `Alpha\n      1 - ${joe}\n      2 - ${joe}\n\n` +
      `Gr\xc3\xbc\xc3\x9fe from afar\n      3 - ${joe}\n\nno subject\n      4 - ${joe}\n\n`,
  )
  assert.deepEqual(
    rest.map((part) => part.header.at(-1)),
    [1, 2, 3, 4].map((n) => `Content-Disposition: inline; filename="talk_${n}.eml"`),
  )
  assert.deepEqual(
    rest.map((part) => part.body),
    posts.map((text) => text.replaceAll('\r\n', '\n')),
  )
})

test('every reader has his own To: and return path, also with verp', async () => {
  await using sink = await startSink()
  await using list = await listWithPosts(sink.port, posts, { control: { verp: 'postfix\n' } })
  await digestOf(list)
  for (const { from, to, parameters, mail } of await sink.waitFor(3)) {
    const [reader = ''] = to
    assert.equal(to.length, 1)
    assert.equal(from, `talk+bounces-digest-${reader.replace('@', '=')}@example.org`)
    assert.doesNotMatch(parameters, /XVERP/)
    assert.ok(takeApart(mail).header.includes(`To: ${reader}`))
  }
  assert.deepEqual(sink.recipients(), readers)
})

test('a boundary that occurs in a post is not taken', async () => {
  await using sink = await startSink()
  const bad = '0123456789abcdef'
  await using list = await listWithPosts(sink.port, [post({ body: `--${bad}--\nmore\n` })])
  const ids = [bad, bad, bad, 'fedcba9876543210']
  const id = () => (ids.length > 1 ? (ids.shift() ?? '') : (ids[0] ?? ''))
  await digestOf(list, houseWith({ id }))
  const [taken] = await sink.waitFor(3)
  assert.ok(taken)
  const { parts } = takeApart(taken.mail)
  assert.equal(parts.at(-1)?.body, post({ body: `--${bad}--\nmore\n` }))
  assert.match(taken.mail.toString(), /boundary="fedcba9876543210"/)
})

test('control/nodigesttext and control/customheaders are obeyed', async () => {
  await using sink = await startSink()
  const control = { nodigesttext: '', customheaders: 'Precedence: list\n' }
  await using list = await listWithPosts(sink.port, posts.slice(0, 1), { control })
  await digestOf(list)
  const [taken] = await sink.waitFor(3)
  assert.ok(taken)
  const { header, parts } = takeApart(taken.mail)
  assert.equal(parts.length, 1)
  assert.ok(header.includes('Precedence: list'))
  assert.ok(header.includes('Subject: Digest of talk, issue 1: posts 1'))
})

test('posts too large for one mail make several digests in one run', async () => {
  await using sink = await startSink()
  const large = post({ body: `${'x'.repeat(999)}\n`.repeat(18_000) })
  await using list = await listWithPosts(sink.port, [large, large], {
    digesters: ['ann@example.org'],
  })
  await digestOf(list)
  const taken = await sink.waitFor(2, 30_000)
  const subjects = taken.map(
    ({ mail }) => /^Subject: (.*)\r$/m.exec(mail.toString('latin1', 0, 2_000))?.[1],
  )
  assert.deepEqual(subjects, [
    'Digest of talk, issue 1: posts 1',
    'Digest of talk, issue 2: posts 2',
  ])
  assert.match((await list.read('lastdigest')) ?? '', /^2:\d+:2\n$/)
})

test('a list text that has no end costs the summary, not the posts', async () => {
  await using sink = await startSink()
  const files = { 'text/digest': 'Subject: x\n\n$text digest$ $text digest$\n' }
  await using list = await listWithPosts(sink.port, posts.slice(0, 1), { files })
  await digestOf(list)
  const [taken] = await sink.waitFor(3)
  assert.ok(taken)
  assert.equal(takeApart(taken.mail).parts.at(-1)?.body, posts[0])
})
