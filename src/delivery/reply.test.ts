import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Reply, ReplyReader, replyText } from './_reply.ts'

function read(...chunks: string[]): { texts: string[]; why: string | undefined } {
  const replies: Reply[] = []
  const reader = new ReplyReader()
  let why: string | undefined
  for (const chunk of chunks)
    why ??= reader.read(Buffer.from(chunk, 'latin1'), (reply) => replies.push(reply))
  return { texts: replies.map(replyText), why }
}

test('replies of one line, of many lines, without text and with a bare LF are read', () => {
  assert.deepEqual(read('250 ok\r\n250-one\r\n250-\r\n250 two\r\n354\r\n221 bye\n').texts, [
    '250 ok',
    '250 one  two',
    '354 ',
    '221 bye',
  ])
})

test('replies may be cut anywhere', () => {
  const text = '220-a\r\n220 b\r\n250 c\r\n550-d\r\n550 e\r\n'
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length]
      const chunks = at.slice(1).map((end, n) => text.slice(at[n], end))
      assert.deepEqual(read(...chunks), { texts: ['220 a b', '250 c', '550 d e'], why: undefined })
    }),
  )
})

test('what is no reply is told', () => {
  for (const text of [
    'hello\r\n',
    '99 low\r\n',
    '600 high\r\n',
    '250_what\r\n',
    '\r\n',
    '2500 x\r\n',
  ])
    assert.match(read(text).why ?? '', /which is no reply$/)
})

test('lines, replies and numbers of lines without end are told', () => {
  assert.equal(read('250 '.padEnd(5_000, 'x')).why, 'sent a line without end')
  assert.equal(read(`250-${'x'.repeat(4_090)}\r\n`.repeat(20)).why, 'sent a reply without end')
  assert.equal(read('250-x\r\n'.repeat(250)).why, 'sent a reply without end')
  assert.equal(read('250 x\r\n'.repeat(250)).why, undefined)
})

test('a reply is one harmless line in the log', () => {
  assert.equal(replyText({ code: 550, lines: ['a\u0000b\u001b[1m', 'c'] }), '550 a b [1m c')
  assert.equal(replyText({ code: 550, lines: ['x'.repeat(2_000)] }).length, 512)
})
