import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendDigestFile } from '../../src/flows/digest.ts'
import { deliverPending } from '../../src/flows/pending.ts'
import { post } from '../_mail.ts'
import { command, debian, withoutDebian } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { digestOf, houseWith, listWithPosts, readers } from './_digest-list.ts'

const posts = [post({ subject: 'one' }), post({ subject: 'two' })]

test('a reader who is put off gets the same digest alone later', async () => {
  let busy = true
  await using sink = await startSink({
    answer: ({ verb, argument }) =>
      busy && verb === 'RCPT' && argument.includes('bob@') ? '451 4.7.1 not now' : undefined,
  })
  await using list = await listWithPosts(sink.port, posts)
  await digestOf(list)
  assert.deepEqual(await list.waiting(), ['digest.1.1.2 bob@example.net'])
  assert.deepEqual(sink.recipients(), ['ann@example.org', 'cat@sub.example.org'])
  busy = false
  assert.equal(await deliverPending(houseWith(), list.dir), 0)
  assert.deepEqual(sink.recipients(), readers)
  const bodies = sink.taken.map(({ mail, to }) => mail.toString().replace(to[0] ?? '', 'somebody'))
  assert.equal(new Set(bodies).size, 1)
  assert.deepEqual(await list.names('requeue'), [])
  assert.deepEqual(await list.names('bounce'), [])
})

test('a reader who is refused is noted as bouncing, and the others get theirs', async () => {
  await using sink = await startSink({
    answer: ({ verb, argument }) =>
      verb === 'RCPT' && argument.includes('bob@') ? '550 5.1.1 nobody' : undefined,
  })
  await using list = await listWithPosts(sink.port, posts)
  await digestOf(list)
  assert.match((await list.read('bounce/bob=example.net')) ?? '', /^digest:\d+ # /)
  assert.deepEqual(sink.recipients(), ['ann@example.org', 'cat@sub.example.org'])
  assert.deepEqual(await list.names('requeue'), [])
})

test('a relay that is down costs nobody his digest, and it is made once', async () => {
  const sink = await startSink()
  const { port } = sink
  await sink.close()
  await using list = await listWithPosts(port, posts)
  await digestOf(list)
  assert.equal((await list.waiting()).length, 3)
  assert.match((await list.read('lastdigest')) ?? '', /^2:\d+:1\n$/)
  await digestOf(list)
  assert.deepEqual(await list.names('requeue'), ['digest.1.1.2'])
  await using up = await startSink({}, port)
  await deliverPending(houseWith(), list.dir)
  await up.waitFor(3)
  assert.deepEqual(up.recipients(), readers)
})

test('a digest that nobody takes for bouncelife is given up', async () => {
  await using sink = await startSink({
    answer: ({ verb }) => (verb === 'RCPT' ? '451 4.7.1 not now' : undefined),
  })
  await using list = await listWithPosts(sink.port, posts, { control: { bouncelife: '1000\n' } })
  await digestOf(list)
  assert.equal((await list.waiting()).length, 3)
  const later = houseWith({ now: () => Date.now() + 1_001_000 })
  await deliverPending(later, list.dir)
  assert.deepEqual(await list.names('requeue'), [])
  assert.equal((await list.names('bounce')).length, 3)
})

for (const delivered of [false, true])
  test(`a crash before lastdigest is written repeats no digest (by then ${delivered ? '' : 'un'}delivered)`, async () => {
    const sink = await startSink()
    await sink.close()
    const files = { lastdigest: '0:1:0\n' }
    await using list = await listWithPosts(sink.port, posts, { files })
    await digestOf(list)
    // As if we had been killed between the two; and a post came since.
    await list.write('lastdigest', '0:1:0\n')
    await list.write('archive/3', post({ subject: 'three' }))
    await list.write('index', '3')
    await using up = await startSink({}, sink.port)
    if (delivered) await deliverPending(houseWith(), list.dir)
    await digestOf(list)
    await deliverPending(houseWith(), list.dir)
    const subjects = up.taken.map(({ mail }) => /^Subject: (.*)\r$/m.exec(mail.toString())?.[1])
    assert.deepEqual(subjects.toSorted(), [
      ...readers.map(() => 'Digest of talk, issue 1: posts 1-2'),
      ...readers.map(() => 'Digest of talk, issue 2: posts 3'),
    ])
    assert.match((await list.read('lastdigest')) ?? '', /^3:\d+:2\n$/)
  })

test('sendDigestFile() sends a file as it is to the readers of digests, and removes it', async () => {
  await using sink = await startSink({
    answer: ({ verb, count }) => (verb === '.' && count === 1 ? '451 4.3.0 not now' : undefined),
  })
  const files = { 'queue/0123456789abcdef': 'Subject: by hand\n\nhello\n' }
  await using list = await listWithPosts(sink.port, posts, { files })
  const report = await sendDigestFile(houseWith(), list.dir, 'queue/0123456789abcdef')
  assert.deepEqual([report.state, report.sent, report.left], ['deferred', 2, 1])
  assert.deepEqual(await list.names('queue'), ['discarded'])
  assert.equal(await list.read('lastdigest'), undefined)
  await deliverPending(houseWith(), list.dir)
  assert.deepEqual(sink.recipients(), readers)
  for (const { mail, to, from } of sink.taken) {
    assert.equal(mail.toString(), `Subject: by hand\r\nTo: ${to[0]}\r\n\r\nhello\r\n`)
    assert.match(from, /^talk\+bounces-digest-/)
  }
})

test('a digest that waits is finished by mlmmj 1.3.0', { skip: withoutDebian }, async () => {
  const sink = await startSink()
  await sink.close()
  await using list = await listWithPosts(sink.port, posts, { control: { digestinterval: '900\n' } })
  await digestOf(list)
  assert.equal((await list.waiting()).length, 3)
  await using up = await startSink({}, sink.port)
  await command(debian, 'mlmmj-maintd', ['-F', '-L', list.dir])
  await up.waitFor(3)
  assert.deepEqual(up.recipients(), readers)
  // mlmmj asks for the number of a post here, and gives back what it finds.
  for (const { from } of up.taken) assert.match(from, /^talk\+bounces-digest\.1\.1\.2-/)
  assert.match((await list.read('lastdigest')) ?? '', /^2:\d+:1\n$/)
})

test(
  'what mlmmj 1.3.0 remembers of its digests goes on here',
  { skip: withoutDebian },
  async () => {
    await using sink = await startSink()
    await using list = await listWithPosts(sink.port, posts)
    await command(debian, 'mlmmj-maintd', ['-F', '-L', list.dir])
    await sink.waitFor(3)
    await list.write('archive/3', post({ subject: 'three' }))
    await list.write('index', '3')
    await digestOf(list)
    const taken = await sink.waitFor(6)
    assert.match(
      taken.at(-1)?.mail.toString() ?? '',
      /^Subject: Digest of talk, issue 2: posts 3\r$/m,
    )
  },
)
