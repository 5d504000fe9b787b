import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { pause, until } from '../_until.ts'
import { dial, httpHouse, smallMail, token } from './_http-house.ts'

const path = '/lists/talk/messages'
const auth = `Authorization: Bearer ${token}\r\n`

test('health is told to anybody, without a token', async () => {
  const reasons: string[] = []
  let asked = 0
  await using house = await httpHouse({ ready: async () => (asked++, [...reasons]) })
  const open = { token: undefined }
  const live = await house.ask('/health/live', open)
  assert.deepEqual([live.code, live.json], [200, { live: true }])
  const ready = await Promise.all(
    Array.from({ length: 20 }, () => house.ask('/health/ready', open)),
  )
  for (const { code, json } of ready) assert.deepEqual([code, json], [200, { ready: true }])
  assert.equal(asked, 1, 'who asks often makes no work')
  reasons.push('LMTP does not answer')
  await pause(1_010)
  const not = await house.ask('/health/ready', open)
  assert.equal(not.code, 503)
  assert.deepEqual(not.json, { status: '4.3.2', message: reasons[0], ready: false, reasons })
  assert.equal((await house.ask('/health/live', { ...open, method: 'HEAD' })).code, 200)
})

test('checks that fail or hang are not ready', async () => {
  await using house = await httpHouse({ ready: () => Promise.reject(new Error('secret words')) })
  const { code, text } = await house.ask('/health/ready')
  assert.equal(code, 503)
  assert.doesNotMatch(text, /secret/)
})

test('guessers wait longer and longer; who has the token never does', async () => {
  await using house = await httpHouse()
  const guess = () => house.post(path, smallMail, { token: 'guess' })
  const began = performance.now()
  assert.equal((await guess()).headers['www-authenticate'], 'Bearer realm="mlmmj"')
  assert.equal((await guess()).code, 401)
  assert.equal((await guess()).code, 401)
  assert.ok(performance.now() - began >= 340, 'three guesses take 50 + 100 + 200 ms')
  const many = Promise.all(Array.from({ length: 30 }, guess))
  await pause(50)
  const first = Promise.race([many, house.post(path, smallMail).then(({ code }) => code)])
  assert.equal(await first, 202, 'guessers do not hold up who has the token')
  const soon = (await Promise.race([many, pause(300)])) ?? []
  assert.deepEqual(soon, [], 'some are held back')
  await house.server.close()
  const codes = (await many).map(({ code, headers }) => [code, headers['retry-after']])
  assert.ok(codes.filter(([code]) => code === 429).length >= 25)
  for (const [code, after] of codes) assert.equal(after, code === 429 ? '60' : undefined)
  assert.ok(house.told.filter((line) => line.includes('no token')).length <= 6)
})

test('10,000 hostile names lead to nothing outside of the spool', async () => {
  await using house = await httpHouse()
  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '/',
      '%2f',
      '%2e%2e',
      '\\',
      '%00',
      '%0a',
      '%c0%af',
      '-',
      '~',
      '%',
      '?',
      '#',
    ),
    fc.constantFrom(
      'talk',
      'example.org',
      'etc',
      'passwd',
      'control',
      'x'.repeat(64),
      house.spoolDir,
    ),
    fc.string({ unit: 'binary', maxLength: 12 }).map((text) => encodeURIComponent(text)),
  )
  const names = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const codes = new Map<number, number>()
  const generated = fc.sample(names, { numRuns: 10_000, seed: 4 })
  const next = generated.values()
  const worker = async () => {
    for (const name of next) {
      const code = await answerTo(house.port, agent, `/lists/${name}/messages`)
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  agent.destroy()
  assert.deepEqual(new Set(house.stored), new Set(codes.has(202) ? [house.list.dir] : []))
  assert.equal((await house.mails()).length, codes.get(202) ?? 0)
  for (const code of codes.keys()) assert.ok([202, 400, 404, 414, 503].includes(code), String(code))
  assert.equal(
    [...codes.values()].reduce((sum, count) => sum + count),
    10_000,
  )
  assert.deepEqual(readdirSync(house.spoolDir), ['talk'])
  assert.deepEqual(readdirSync(dirname(house.spoolDir)), ['spool'])
})

function answerTo(port: number, agent: Agent, where: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      port,
      agent,
      host: '127.0.0.1',
      method: 'POST',
      // What a client library would not send as it is goes as far as this one lets it.
      path: where.replace(/[^\x21-\x7e]/g, (odd) => encodeURIComponent(odd)),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822' },
    })
    asked.once('error', reject)
    asked.once('response', (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
    asked.end('x')
  })
}

test('slow clients are cut off, others are not', async () => {
  const limits = { headMs: 200, pauseMs: 300, requestMs: 600 }
  await using house = await httpHouse({ limits })
  const began = performance.now()
  const slow = [
    '',
    'POST / HTTP/1.1\r\n',
    `POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: message/rfc822\r\nContent-Length: 9\r\n\r\nx`,
  ].map((text) => {
    const { socket, heard } = dial(house.port)
    socket.write(text)
    return heard(5_000)
  })
  const { socket, heard } = dial(house.port)
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: message/rfc822\r\n`)
  socket.write('Content-Length: 900\r\n\r\n')
  const drip = setInterval(() => socket.write('x'), 50)
  for (let n = 0; n < 5; n++) assert.equal((await house.post(path, smallMail)).code, 202)
  const answers = await Promise.all([...slow, heard(5_000)])
  clearInterval(drip)
  assert.ok(performance.now() - began < 4_000, `${performance.now() - began} ms`)
  for (const answer of answers) assert.match(answer, /^$|^HTTP\/1.1 408 .*"status":"4\.3\.5"/s)
  assert.equal((await house.mails()).length, 5)
  await until(async () => (await house.drafts()).length === 0)
})

test('a pause longer than allowed is fine when the client waits for us', async () => {
  await using house = await httpHouse({ limits: { pauseMs: 100 } })
  const guess = house.ask('/', { method: 'POST', body: '{}', token: 'guess' })
  assert.equal((await guess).code, 401)
  const body = JSON.stringify({ 'mlmmj-command': 'mlmmj-maintd', args: ['-F', '-L', 'talk'] })
  assert.equal((await house.ask('/', { method: 'POST', body })).code, 200)
})

test('requests that two servers could read in two ways are refused, and nothing behind them is read', async () => {
  await using house = await httpHouse()
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: message/rfc822\r\n`
  const behind = `${head}Content-Length: 5\r\n\r\nhello`
  const chunked = 'Transfer-Encoding: chunked\r\n'
  for (const odd of [
    `${head}Content-Length: 5\r\n${chunked}\r\n0\r\n\r\n`,
    `${head}${chunked}Content-Length: 5\r\n\r\n0\r\n\r\n`,
    `${head}Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello`,
    `${head}Content-Length: +5\r\n\r\nhello`,
    `${head}Content-Length: 5, 5\r\n\r\nhello`,
    `${head}Content-Length: 0x5\r\n\r\nhello`,
    `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    `${head}${chunked}\r\n-1\r\n\r\n`,
    `${head}${chunked}\r\nfffffffffffffffff\r\nx`,
    `${head}X: a\r\n b\r\nContent-Length: 5\r\n\r\nhello`,
    `POST ${path} HTTP/1.1\r\n${auth}Content-Type: message/rfc822\r\nContent-Length: 5\r\n\r\nhello`,
    `POST ${path} HTTP/9.9\r\nHost: x\r\n\r\n`,
    `POST ${path} HTTP/1.1\nHost: x\n\n`,
    `GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n`,
    `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03`,
    `EHLO example.org\r\n`,
    `GET /health/live HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  ]) {
    const { socket, heard } = dial(house.port)
    socket.write(Buffer.from(odd + behind, 'latin1'))
    const answer = await heard(2_000)
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, JSON.stringify(odd.slice(-80)))
    assert.doesNotMatch(answer, / 202 /, JSON.stringify(odd.slice(-80)))
    assert.match(answer, /\{"status":"4\.3\.5","message":"|FST|^HTTP\/1\.1 400/)
  }
  assert.deepEqual(await house.mails(), [])
})

test('requests may follow one another on a connection, also behind a refused one', async () => {
  await using house = await httpHouse()
  const one = (where: string, more = '') =>
    `POST ${where} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: message/rfc822\r\n${more}Content-Length: 5\r\n\r\nhello`
  const { socket, heard } = dial(house.port)
  socket.write(one(path) + one('/lists/none/messages') + one(path, 'Connection: close\r\n'))
  const codes = [...(await heard()).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code)
  assert.deepEqual(codes, ['202', '404', '202'])
  assert.equal((await house.mails()).length, 2)
})

test('a client that waits for 100 Continue gets it, and its mail is taken', async () => {
  await using house = await httpHouse()
  const { socket, heard } = dial(house.port)
  const expect = 'Expect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n'
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: message/rfc822\r\n${expect}`,
  )
  socket.once('data', () => socket.write('hello'))
  assert.match(await heard(), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /)
})

test('who is refused while he still sends sees the answer, and is cut off if he never ends', async () => {
  await using house = await httpHouse({ mostBytes: 1_000, limits: { lingerMs: 300 } })
  const { socket, heard } = dial(house.port)
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: message/rfc822\r\n`)
  socket.write('Content-Length: 9000000\r\n\r\n')
  const more = setInterval(() => socket.write(Buffer.alloc(10_000)), 20)
  const began = performance.now()
  const answer = await heard(4_000)
  clearInterval(more)
  assert.match(answer, /^HTTP\/1\.1 413 .*5\.3\.4/s)
  assert.ok(performance.now() - began < 3_000)
})

test('closing serves what is under way, and does not wait for ever', async () => {
  await using house = await httpHouse({ limits: { closeMs: 300 } })
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: message/rfc822\r\nContent-Length: 5\r\n\r\n`
  const [prompt, never, idle] = [dial(house.port), dial(house.port), dial(house.port)]
  prompt.socket.write(`${head}he`)
  never.socket.write(`${head}he`)
  await pause(50)
  const began = performance.now()
  const closed = house.server.close()
  prompt.socket.write('llo')
  assert.match(await prompt.heard(), /^HTTP\/1\.1 202 /)
  await closed
  assert.ok(performance.now() - began < 2_000)
  assert.equal(await never.heard(), '')
  await idle.heard()
  await assert.rejects(house.ask('/health/live'))
  assert.equal((await house.mails()).length, 1)
})

test('a port that is taken is told at start', async () => {
  await using house = await httpHouse()
  const { openHttp } = await import('../../src/listener/http/open-http.ts')
  const never = () => assert.fail()
  const again = openHttp({
    house: { chance: { now: Date.now, ticks: () => 0, id: () => '' } } as never,
    spoolDir: join(house.spoolDir, 'none'),
    token,
    host: '127.0.0.1',
    port: house.port,
    mostBytes: 1,
    ready: never,
    stored: never,
    changed: never,
  })
  await assert.rejects(again, /HTTP cannot have port \d+ of 127\.0\.0\.1 \(EADDRINUSE\)/)
})
