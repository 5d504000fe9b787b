import assert from 'node:assert/strict'
import { request } from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { AnswerReader, type Reply } from '../../postfix/_answer-reader.ts'
import { isFault } from '../../src/base/fault.ts'
import { target } from './_target.ts'
import { laced } from './_words.ts'

const body = '{"status":"5.1.1","message":"no"}'
const hex = body.length.toString(16)

const status = laced(
  [
    ...['HTTP/1.1 404 Not Found\r\n', 'HTTP/1.1 202 Accepted\r\n', 'HTTP/1.0 404 No\r\n'],
    ...['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 204 None\r\n', 'HTTP/1.1 404\r\n'],
  ],
  2,
)

const header = laced(
  [
    ...[`Content-Length: ${body.length}\r\n`, `content-length:${body.length} \r\n`],
    ...['Content-Length: 0\r\n', 'Content-Length: 1\r\n', 'Content-Length: 99\r\n'],
    ...['Transfer-Encoding: chunked\r\n', 'transfer-encoding:  CHUNKED\t\r\n'],
    ...['Transfer-Encoding: gzip, chunked\r\n', 'Connection: close\r\n', 'X-More: more\r\n'],
  ],
  3,
)

const content = laced(
  [
    ...[body, `${hex}\r\n${body}\r\n0\r\n\r\n`, `${hex};x=y\r\n${body}\r\n0;x\r\nX: y\r\n\r\n`],
    ...['0\r\n\r\n', '1\r\n{\r\n', '1\r\n}\r\n', 'ffffffffffff\r\n', '\r\n', '0', '{}'],
  ],
  5,
)

/** An answer of a service, and where it is cut into pieces. */
const answer = fc.tuple(
  fc.tuple(status, header, fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', ''), content),
  fc.array(fc.nat(400), { maxLength: 5 }),
)

/** What the pipe client reads; `later` when that is a reason to try again. */
function ours(pieces: readonly Buffer[]): Reply | 'later' {
  const reader = new AnswerReader()
  try {
    for (const piece of pieces) reader.take(piece)
    reader.end()
  } catch (thrown) {
    if (!isFault(thrown, 'notThere')) throw thrown
    return 'later'
  }
  return reader.reply ?? 'later'
}

/** What Node's client reads. */
function nodes(bytes: Buffer): Promise<Reply | 'later'> {
  return new Promise((resolve) => {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _coding, done) => done() })
    const asked = request({ createConnection: () => socket })
    let begun = false
    asked.on('error', () => begun || resolve('later'))
    asked.on('close', () => begun || resolve('later'))
    asked.on('upgrade', () => resolve('later'))
    asked.on('response', (response) => {
      begun = true
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => resolve('later'))
      response.on('end', () =>
        resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      )
      response.on('close', () => resolve('later'))
    })
    asked.end()
    setImmediate(() => {
      socket.push(bytes)
      socket.push(null)
    })
  })
}

/** The pipe client may be stricter than Node, but what it understands Node must understand alike. */
export const answers = target('answers to the pipe client', answer, () => ({
  async attempt([parts, cuts]) {
    const bytes = Buffer.from(parts.join(''), 'latin1')
    const places = [0, ...cuts.sort((one, other) => one - other), bytes.length]
    const pieces = places.map((from, at) => bytes.subarray(from, places[at + 1]))
    const read = ours([bytes])
    assert.deepEqual(ours(pieces), read, 'it depends on how the answer is cut')
    if (read !== 'later') assert.deepEqual(await nodes(bytes), read)
  },
}))
