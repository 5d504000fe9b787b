import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../src/base/fault.ts'
import { AnswerReader, type Reply } from './_answer-reader.ts'

const json = '{"status":"5.1.1","message":"no list grün"}'
const bytes = Buffer.byteLength(json)
const chunked = 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n'
const sized = (length: string | number) => `HTTP/1.1 404 No\r\nContent-Length: ${length}\r\n\r\n`

/** What is read from an answer that comes in these pieces, before the connection is closed. */
function readIn(pieces: readonly Buffer[], closed: boolean): AnswerReader {
  const reader = new AnswerReader()
  for (const piece of pieces) reader.take(piece)
  if (closed) reader.end()
  return reader
}

function read(answer: string, closed = false): Reply | undefined {
  return readIn([Buffer.from(answer)], closed).reply
}

const honest: Readonly<Record<string, string>> = {
  'has a length': `${sized(bytes)}${json}`,
  'has a length and more behind it': `${sized(bytes)}${json}HTTP/1.1 202 Accepted\r\n\r\n`,
  'comes in chunks': `${chunked}a\r\n${json.slice(0, 10)}\r\n${(bytes - 10).toString(16)}\r\n${json.slice(10)}\r\n0\r\n\r\n`,
  'has chunks with extensions and a trailer': `${chunked}${bytes.toString(16).toUpperCase().padStart(6, '0')} ;a="b"\r\n${json}\r\n000;x\r\nX-Sum: 1\r\nContent-Length: 7\r\n\r\n`,
  'follows interim ones': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\nLink: </x>\r\n\r\n${sized(bytes)}${json}`,
  'has no reason and odd blanks': `HTTP/1.1 404\r\ncontent-LENGTH:\t ${bytes} \t\r\nX-Empty:\r\n\r\n${json}`,
  'is of an old proxy': `HTTP/1.0 404 Grün\r\nContent-Length: ${bytes}\r\n\r\n${json}`,
}

for (const [what, answer] of Object.entries(honest))
  test(`an answer that ${what} is read, in whatever pieces it comes`, () => {
    const wanted = { code: 404, body: json }
    assert.deepEqual(read(answer), wanted)
    const all = Buffer.from(answer)
    for (let cut = 0; cut <= all.length; cut++)
      assert.deepEqual(readIn([all.subarray(0, cut), all.subarray(cut)], false).reply, wanted)
    const single = Array.from(all, (_, at) => all.subarray(at, at + 1))
    assert.deepEqual(readIn(single, false).reply, wanted)
  })

test('an answer without a length is complete when the connection closes, and only then', () => {
  const answer = `HTTP/1.1 404 No\r\nContent-Type: application/json\r\n\r\n${json}`
  assert.equal(read(answer), undefined)
  assert.deepEqual(read(answer, true), { code: 404, body: json })
})

test('codes that never have a body have none', () => {
  for (const code of [204, 304])
    assert.deepEqual(read(`HTTP/1.1 ${code} No\r\nContent-Length: 5\r\n\r\n`), { code, body: '' })
})

test('an answer is incomplete as long as a byte is missing, whether or not the connection closes', () => {
  for (const [what, answer] of Object.entries(honest).filter(([name]) => !/more/.test(name))) {
    const all = Buffer.from(answer)
    for (let cut = 0; cut < all.length; cut++)
      assert.equal(readIn([all.subarray(0, cut)], true).reply, undefined, `${what}: ${cut} bytes`)
  }
})

test('it is known whether the mail is wanted, and whether the answer has begun', () => {
  const reader = new AnswerReader()
  const known = () => [reader.isWelcome, reader.hasBegun]
  reader.take(Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Con'))
  assert.deepEqual(known(), [false, false])
  reader.take(Buffer.from('tinue\r\n\r\nHTTP/1.1 404 '))
  assert.deepEqual(known(), [true, false])
  reader.take(Buffer.from('No\r\n'))
  assert.deepEqual(known(), [true, true])
})

const hostile: Readonly<Record<string, string>> = {
  'no HTTP': '220 mx.example.org ESMTP\r\n',
  'noise without a line end': '\xa7\xa7',
  'another HTTP': 'HTTP/2.0 202 Accepted\r\n\r\n',
  'a half code': 'HTTP/1.1 20 Accepted\r\n\r\n',
  'a code too long': 'HTTP/1.1 2020 Accepted\r\n\r\n',
  'a code that is none': 'HTTP/1.1 600 Odd\r\n\r\n',
  'another protocol': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
  'a control character in the reason': 'HTTP/1.1 202 A\x00\r\n\r\n',
  'a bare line feed in the status line': 'HTTP/1.1 202 A\nContent-Length: 2\r\n\r\n{}',
  'a header of two lines': 'HTTP/1.1 202 A\r\nX: a\r\n b\r\n\r\n',
  'a header without a colon': 'HTTP/1.1 202 A\r\nX\r\n\r\n',
  'a blank before the colon': 'HTTP/1.1 202 A\r\nContent-Length : 2\r\n\r\n{}',
  'a header without a name': 'HTTP/1.1 202 A\r\n: 2\r\n\r\n{}',
  'a bare line feed in a header': 'HTTP/1.1 202 A\r\nX: a\nContent-Length: 2\r\n\r\n{}',
  'a bare carriage return in a header': 'HTTP/1.1 202 A\r\nX: a\rb\r\n\r\n',
  'two lengths': 'HTTP/1.1 202 A\r\nContent-Length: 2\r\nContent-length: 3\r\n\r\n{}',
  'the same length twice': 'HTTP/1.1 202 A\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}',
  'a list of lengths': sized('2, 2'),
  'a negative length': sized('-2'),
  'a signed length': sized('+2'),
  'a length in hex': sized('0x2'),
  'an empty length': sized(''),
  'a length after a blank that is none': 'HTTP/1.1 202 A\r\nContent-Length: \xa02\r\n\r\n{}',
  'blanks without end': `HTTP/1.1 202 A\r\nX:${' '.repeat(65_000)}\0\r\n\r\n`,
  'a length without end': sized('9'.repeat(40)),
  'a length and a coding':
    'HTTP/1.1 202 A\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'two codings':
    'HTTP/1.1 202 A\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a coding that nobody asked for': 'HTTP/1.1 202 A\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
  'a coding that is none': 'HTTP/1.1 202 A\r\nTransfer-Encoding: identity\r\n\r\n',
  'a chunk without a size': `${chunked}\r\n{}\r\n0\r\n\r\n`,
  'a chunk in place of the trailer': `${chunked}0\r\n2\r\n{}\r\n0\r\n\r\n`,
  'a coding with a tab behind it':
    'HTTP/1.1 202 A\r\nTransfer-Encoding: chunked\t\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'no body and a wrong length': 'HTTP/1.1 204 None\r\nContent-Length: x\r\n\r\n',
  'a chunk of odd size': `${chunked}2x\r\n{}\r\n0\r\n\r\n`,
  'a chunk of negative size': `${chunked}-2\r\n{}\r\n0\r\n\r\n`,
  'a chunk of endless size': `${chunked}${'f'.repeat(20)}\r\n{}\r\n0\r\n\r\n`,
  'a chunk longer than its size': `${chunked}1\r\n{}\r\n0\r\n\r\n`,
  'a chunk that ends in a line feed': `${chunked}2\r\n{}\n0\r\n\r\n`,
  'headers without end': `HTTP/1.1 202 A\r\n${'X-More: more\r\n'.repeat(5_000)}`,
  'a header without end': `HTTP/1.1 202 A\r\nX: ${'x'.repeat(65_536)}`,
  'interim answers without end': 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(3_000),
  'a trailer without end': `${chunked}0\r\n${'X-More: more\r\n'.repeat(5_000)}`,
  'chunks without end': `${chunked}${'1\r\nx\r\n'.repeat(12_000)}`,
  'a chunk extension without end': `${chunked}2;${'x'.repeat(65_536)}`,
  'a body too large': `${sized(100_000)}${'x'.repeat(100_000)}`,
  'a body too large without a length': `HTTP/1.1 404 No\r\n\r\n${'x'.repeat(65_536)}`,
}

for (const [what, answer] of Object.entries(hostile))
  test(`an answer with ${what} is refused, in whatever pieces it comes`, () => {
    const all = Buffer.from(answer, 'latin1')
    const refuses = (pieces: readonly Buffer[]) =>
      assert.throws(
        () => readIn(pieces, true),
        (thrown) => isFault(thrown, 'notThere'),
      )
    refuses([all])
    if (all.length > 1_000) return refuses([all.subarray(0, 60_000), all.subarray(60_000)])
    for (let cut = 0; cut <= all.length; cut++) refuses([all.subarray(0, cut), all.subarray(cut)])
  })
