import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitCode, judge, oneLine } from './_answer.ts'

const said = (status: string, message = 'because') => JSON.stringify({ status, message })

test('a mail is taken by a 2xx with a 2.x.x', () => {
  const answer = judge(202, '{"id":"1a2b3c4d","status":"2.6.0"}')
  assert.deepEqual(answer, { status: '2.6.0', message: 'accepted as 1a2b3c4d', stated: true })
  assert.equal(exitCode(answer), 0)
})

test('a mail is refused for good by a 4xx with a 5.x.x, with a code that Postfix returns it for', () => {
  const codes = [
    ['5.1.1', 404, 67],
    ['5.5.4', 400, 69],
    ['5.3.4', 413, 69],
    ['5.6.0', 400, 65],
    ['5.7.1', 403, 77],
  ] as const
  for (const [status, http, exit] of codes) {
    const answer = judge(http, said(status))
    assert.deepEqual(answer, { status, message: 'because', stated: true })
    assert.equal(exitCode(answer), exit, status)
  }
})

test('everything else comes again', () => {
  const answers = [
    [404, '<h1>Not found</h1>'],
    [404, '{"statusCode":404,"error":"Not Found","message":"Route not found"}'],
    [404, '"5.1.1"'],
    [404, 'null'],
    [404, '{"status":511,"message":"x"}'],
    [404, said('5.1.1000')],
    [404, said('5.1.1 and more')],
    [200, ''],
    [200, '{}'],
    [200, said('5.1.1')],
    [202, said('4.3.0')],
    [302, said('2.0.0')],
    [404, said('2.0.0')],
    [500, said('5.1.1')],
    [503, said('4.3.1')],
    [429, said('4.7.0')],
    [401, said('5.7.8')],
    [403, 'no entry'],
    [407, said('5.7.1')],
    [0, ''],
  ] as const
  for (const [code, body] of answers) {
    const answer = judge(code, body)
    assert.match(answer.status, /^4\.\d+\.\d+$/, `${code} ${body}`)
    assert.equal(exitCode(answer), 75, `${code} ${body}`)
    assert.notEqual(answer.message, '')
  }
})

test('the status of a temporary trouble is passed on', () => {
  const full = { status: '4.3.1', message: 'no room', stated: true }
  assert.deepEqual(judge(503, said('4.3.1', 'no room')), full)
})

test('a message is one short line', () => {
  assert.equal(oneLine('a\r\nb\u0000\u001b[31m\u2028c  '), 'a b [31m c')
  assert.ok(oneLine('x'.repeat(5_000)).length < 500)
})
