import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { run, type Ended } from '../_program.ts'
import { deadPort } from '../_sink.ts'
import {
  accepted,
  client,
  deliver,
  largeMail,
  refusal,
  scratchDir,
  smallMail,
  startRaw,
  startService,
  type Reply,
  type Script,
} from './_pipe-service.ts'

/** Postfix reads the first line and the exit code; both must say "later". */
function comesAgain(
  { code, stdout, stderr }: Pick<Ended, 'code' | 'stdout' | 'stderr'>,
  what: string,
): void {
  assert.equal(code, 75, `${what}: ${stdout}${stderr}`)
  assert.match(stdout, /^4\.\d{1,3}\.\d{1,3} \S.*\n$/, what)
  assert.equal(stderr, '', what)
}

function answerIn({ code, body }: Reply): string {
  return `HTTP/1.1 ${code} So\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

test('what the service refuses for good is returned, with its reason', async () => {
  await using service = await startService()
  const wanted: readonly (readonly [Reply, number])[] = [
    [refusal(404, '5.1.1', 'there is no list talk'), 67],
    [refusal(413, '5.3.4', 'too large'), 69],
    [refusal(400, '5.5.4', 'no name'), 69],
    [refusal(403, '5.7.1', 'not allowed'), 77],
  ]
  for (const [reply, exit] of wanted) {
    service.answers(reply)
    const { code, stdout } = await deliver(service.port)
    const { status, message } = JSON.parse(reply.body) as { status: string; message: string }
    assert.deepEqual([code, stdout], [exit, `${status} ${message}\n`])
  }
})

test('every other answer makes the mail come again', async () => {
  await using service = await startService()
  const answers: Reply[] = [
    refusal(401, '4.7.0', 'wrong token'),
    refusal(401, '5.7.8'),
    refusal(429, '4.7.0'),
    refusal(503, '4.3.1', 'no room'),
    refusal(500, '5.3.0'),
    refusal(502, '5.1.1'),
    refusal(200, '5.1.1'),
    refusal(202, '4.3.0'),
    { code: 202, body: '' },
    { code: 200, body: '<html>Welcome to the hotel. Please log in.</html>' },
    { code: 404, body: '<html>Not found</html>' },
    { code: 404, body: '{"statusCode":404,"error":"Not Found"}' },
    { code: 301, body: '' },
    { code: 417, body: '' },
    { code: 202, body: '{"status":"2.6.0","id":"1a2b' },
    { code: 404, body: `{"status":"5.1.1","message":"${'x'.repeat(100_000)}"}` },
  ]
  for (const answer of answers) {
    service.answers(answer)
    comesAgain(await deliver(service.port), `HTTP ${answer.code} ${answer.body.slice(0, 60)}`)
  }
})

test('the reason cannot put a second line or a control character into the log', async () => {
  await using service = await startService(refusal(404, '5.1.1', 'no\r\n2.0.0 yes\u001b[2J\u0000'))
  const { stdout } = await deliver(service.port)
  assert.equal(stdout, '5.1.1 no 2.0.0 yes [2J\n')
})

test('nobody there', async () => {
  const ended = await deliver(await deadPort())
  comesAgain(ended, 'nobody there')
  assert.match(ended.stdout, /^4\.4\.1 .*ECONNREFUSED/)
  const args = ['--mlmmj', 'no-such-host.invalid', '--deadline', '5', 'talk']
  comesAgain(await run(client, args, { stdin: smallMail }), 'no such host')
})

test('a wrong word on the command line makes the mail come again', async () => {
  const lines = [
    [],
    ['talk'],
    ['--mlmmj', '127.0.0.1'],
    ['--mlmmj', '127.0.0.1', '--port', 'x', 'talk'],
    ['--mlmmj', '127.0.0.1', '--nonsense', 'talk'],
    ['--mlmmj', '127.0.0.1', 'talk', 'news'],
    ['--mlmmj', '127.0.0.1', '../talk'],
    ['--mlmmj', '127.0.0.1', 'talk', '--sender'],
    ['--mlmmj', '127.0.0.1', '--flush'],
  ]
  for (const args of lines) {
    const ended = await run(client, args, { stdin: smallMail })
    comesAgain(ended, args.join(' '))
    assert.match(ended.stdout, /^4\.3\.5 /, args.join(' '))
  }
})

test('a token or certificates that cannot be used make the mail come again', async (t) => {
  const dir = await scratchDir(t)
  await writeFile(join(dir, 'empty'), '\n')
  await writeFile(join(dir, 'lines'), 'one\r\nX-Evil: 2\n')
  await using service = await startService()
  await run('/usr/bin/mkfifo', [join(dir, 'pipe')])
  for (const file of ['missing', 'empty', 'lines', 'pipe', '.'])
    comesAgain(await deliver(service.port, ['--token-file', join(dir, file)]), file)
  comesAgain(await deliver(service.port, ['--ca', join(dir, 'missing')]), '--ca')
  assert.equal(service.taken.length, 0)
})

/** Brings the pieces of a mail one by one, and ends it only if told to. */
async function deliverSlowly(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  args: readonly string[],
  last?: 'end',
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const where = ['--mlmmj', '127.0.0.1', '--port', String(port)]
  const child = spawn(client, [...where, ...args, 'talk'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => (said[name] += chunk.toString()))
  child.stdin.on('error', () => undefined)
  const closed = once(child, 'close') as Promise<[number]>
  for (const piece of pieces) {
    child.stdin.write(piece)
    await pause(300)
  }
  if (last === 'end') child.stdin.end()
  const [code] = await closed
  return { code, ...said }
}

/** Ways in which something that is no list service behaves, or a list service that is dying. */
const raw: Readonly<Record<string, (socket: Socket) => void>> = {
  'closes at once': (socket) => socket.destroy(),
  'resets at once': (socket) => socket.resetAndDestroy(),
  'ends at once': (socket) => socket.end(),
  'closes when it hears something': (socket) => socket.once('data', () => socket.destroy()),
  'speaks SMTP': (socket) => socket.write('220 mx.example.org ESMTP\r\n'),
  'speaks noise': (socket) => socket.write(Buffer.alloc(5_000, 0xa7)),
  'breaks off in the status line': (socket) => socket.end('HTTP/1.1 2'),
  'breaks off in the headers': (socket) => socket.end('HTTP/1.1 202 Accepted\r\nContent-Le'),
  'breaks off in the answer': (socket) =>
    socket.end(`HTTP/1.1 202 Accepted\r\nContent-Length: 999\r\n\r\n${accepted.body}`),
  'breaks off between chunks': (socket) =>
    socket.end(`HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`),
  'has headers without end': (socket) =>
    socket.write(`HTTP/1.1 202 Accepted\r\n${'X-More: more\r\n'.repeat(20_000)}`),
  'has an answer without end': (socket) =>
    socket.write(`HTTP/1.1 404 No\r\n\r\n${'{"status":"5.1.1"} '.repeat(20_000)}`),
  'says 100 and goes': (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 100 Continue\r\n\r\n')),
  'takes a mail that has not come': (socket) =>
    void socket.once('data', (chunk) => {
      // A small one comes at once; of that this one hears the beginning only.
      if (/^POST.*\r\n(.+\r\n)*Content-Length/.test(chunk.toString('latin1'))) socket.destroy()
      else socket.write(answerIn(accepted))
    }),
  'switches protocols': (socket) =>
    socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
}

for (const [what, onConnection] of Object.entries(raw))
  test(`something that ${what}`, async () => {
    await using server = await startRaw(onConnection)
    for (const stdin of [smallMail, largeMail])
      comesAgain(await deliver(server.port, ['--deadline', '2'], { stdin }), what)
  })

const silent: Readonly<Record<string, Script>> = {
  'never answers': (request) => request.resume(),
  'does not read': () => undefined,
  'does not end its answer': (request, response) => {
    request.resume()
    response.writeHead(202).write(accepted.body)
  },
}

for (const [what, script] of Object.entries(silent))
  test(`a service that ${what} is left at the deadline`, async () => {
    await using service = await startService(script)
    const ended = await deliver(service.port, ['--deadline', '1'], { stdin: largeMail })
    comesAgain(ended, what)
    assert.ok(ended.took >= 900 && ended.took < 5_000, `${ended.took} ms`)
  })

for (const [what, begun, taken] of [
  ['small', smallMail, []],
  ['large', largeMail.subarray(0, 200_000), [false]],
] as const)
  test(`a ${what} mail that does not come to its end is left at the deadline`, async () => {
    await using service = await startService()
    const { code, stdout } = await deliverSlowly(service.port, [begun], ['--deadline', '1'])
    assert.deepEqual([code, /^4\./.test(stdout)], [75, true])
    assert.deepEqual(
      service.taken.map(({ complete }) => complete),
      taken,
    )
  })

test('an answer to a mail whose end has not come does not count', async () => {
  const connected: Socket[] = []
  await using server = await startRaw((socket) => {
    connected.push(socket)
    socket.write(answerIn(accepted))
  })
  comesAgain(await deliverSlowly(server.port, [smallMail], ['--deadline', '5']), 'accepted')
  assert.equal(connected.length, 1)
})

test('a mail that comes in pieces arrives as one', async () => {
  await using service = await startService()
  const large = [largeMail.subarray(0, 100_000), largeMail.subarray(100_000, 200_000)]
  for (const pieces of [['From: joe@example.org\n', 'Subject: hi\n', '\nhello\n'], large]) {
    const { code } = await deliverSlowly(service.port, pieces, [], 'end')
    assert.equal(code, 0)
    const whole = Buffer.concat(pieces.map((piece) => Buffer.from(piece)))
    assert.ok(service.taken.pop()?.body.equals(whole))
  }
})

test('a refusal in the midst of a large mail is understood', async () => {
  await using service = await startService((request, response) => {
    request.once('data', () => {
      request.pause()
      const { code, body } = refusal(413, '5.3.4', 'too large')
      response.writeHead(code, { Connection: 'close' }).end(body)
    })
  })
  let understood = 0
  for (let i = 0; i < 10; i++) {
    const { code, stdout } = await deliver(service.port, [], { stdin: largeMail })
    // A server that closes with bytes unread may reset the connection before its answer is read
    // (RFC 9112 9.6); then the mail is tried again.
    if (code === 69) understood++
    assert.match(`${code} ${stdout}`, /^69 5\.3\.4 too large\n$|^75 4\.4\.2 /)
  }
  assert.ok(understood > 0)
})

test('a refusal before the mail leaves the mail unsent', async () => {
  await using server = await startRaw((socket) => {
    socket.once('data', () => {
      socket.end(answerIn(refusal(404, '5.1.1', 'no list')))
    })
  })
  const { code, stdout } = await deliver(server.port, [], { stdin: largeMail })
  assert.deepEqual([code, stdout], [67, '5.1.1 no list\n'])
})

test('a service that ignores "Expect: 100-continue" gets the mail all the same', async () => {
  let heard = ''
  await using server = await startRaw((socket) => {
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      if (heard.endsWith('\r\n0\r\n\r\n')) socket.write(answerIn(accepted))
    })
  })
  const { code, stdout, took } = await deliver(server.port, ['--deadline', '10'], {
    stdin: largeMail.subarray(0, 50_000),
  })
  assert.deepEqual([code, stdout], [0, '2.6.0 accepted as 1a2b3c4d\n'])
  assert.ok(took < 5_000)
  assert.match(heard, /^Expect: 100-continue\r$/m)
})

for (const [what, stdin] of [
  ['small', smallMail],
  ['large', largeMail.subarray(0, 50_000)],
] as const)
  test(`a ${what} mail whose service dies at any byte of it comes again`, async () => {
    const heardBefore = async (length: number) => {
      let heard = ''
      await using server = await startRaw((socket) => {
        socket.on('data', (chunk) => {
          heard += chunk.toString('latin1')
          if (/^Expect/m.test(heard) && heard.endsWith('\r\n\r\n'))
            socket.write('HTTP/1.1 100 Continue\r\n\r\n')
          const whole = heard.endsWith('\r\n0\r\n\r\n') || heard.endsWith(`\r\n\r\n${smallMail}`)
          if (heard.length >= length || whole) socket.destroy()
        })
      })
      comesAgain(
        await deliver(server.port, ['--deadline', '5'], { stdin }),
        `after ${length} bytes`,
      )
      return heard.length
    }
    const all = await heardBefore(Infinity)
    assert.ok(all > stdin.length)
    for (const length of [1, 100, all - 80, all - 60, all - 10, all - 5, all - 1])
      assert.ok((await heardBefore(length)) >= length)
  })

test('nobody who reads the output changes nothing', async () => {
  await using service = await startService(refusal(404, '5.1.1'))
  const args = ['--mlmmj', '127.0.0.1', '--port', String(service.port), 'talk']
  const child = spawn(client, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdout.destroy()
  child.stdin.end(smallMail)
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 67)
})
