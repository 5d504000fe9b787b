import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { run, start, type Ended } from '../_program.ts'
import { deadPort } from '../_sink.ts'
import { until } from '../_until.ts'
import {
  accepted,
  client,
  deliver,
  largeMail,
  refusal,
  scratchDir,
  startRaw,
  startService,
} from './_pipe-service.ts'

function mailNamed(subject: string): string {
  return `From: joe@example.org\nSubject: ${subject}\n\nhello\n`
}

/** The files in a directory that keeps mail, without the hidden ones. */
async function keptIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => !name.startsWith('.') && name !== 'refused').sort()
}

async function hiddenIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.startsWith('.'))
}

function flush(port: number, dir: string): Promise<Ended> {
  const where = ['--mlmmj', '127.0.0.1', '--port', String(port)]
  return run(client, [...where, '--fallback-dir', dir, '--flush'])
}

async function keep(dir: string, subject: string, list = 'talk'): Promise<void> {
  const where = ['--mlmmj', '127.0.0.1', '--port', String(await deadPort())]
  const args = [...where, '--sender', '', '--fallback-dir', dir, list]
  const { code, stdout } = await run(client, args, { stdin: mailNamed(subject) })
  assert.equal(code, 0, stdout)
}

test('a mail is kept while the service is away, and handed over by the next that gets through', async (t) => {
  const dir = await scratchDir(t)
  const fallback = ['--fallback-dir', dir, '--recipient', 'talk@example.org']
  const away = await deliver(await deadPort(), fallback, { stdin: mailNamed('one') })
  assert.equal(away.code, 0)
  assert.match(away.stdout, /^2\.0\.0 kept in .*: 4\.4\.1 .*ECONNREFUSED.*\n$/)
  const [name = ''] = await keptIn(dir)
  assert.equal((await stat(join(dir, name))).mode & 0o777, 0o600)
  assert.deepEqual(await hiddenIn(dir), [])

  await using service = await startService()
  const back = await deliver(service.port, fallback, { stdin: mailNamed('two') })
  assert.equal(back.code, 0)
  assert.match(back.stdout, /^2\.6\.0 .*handed over: 1, left: 0\n$/)
  assert.deepEqual(
    service.taken.map(({ body }) => body.toString()),
    [mailNamed('two'), mailNamed('one')],
  )
  const [two, one] = service.taken
  assert.equal(`${one?.path}?${one?.query}`, `${two?.path}?${two?.query}`)
  assert.deepEqual([...(await keptIn(dir)), ...(await hiddenIn(dir))], [])
})

test('a mail that gets through leaves nothing in the directory', async (t) => {
  const dir = await scratchDir(t)
  await using service = await startService()
  const { stdout } = await deliver(service.port, ['--fallback-dir', dir])
  assert.equal(stdout, '2.6.0 accepted as 1a2b3c4d\n')
  service.answers(refusal(404, '5.1.1', 'no list'))
  assert.equal((await deliver(service.port, ['--fallback-dir', dir])).code, 67)
  assert.deepEqual([...(await keptIn(dir)), ...(await hiddenIn(dir))], [])
})

test('what the service cannot take now is kept too', async (t) => {
  const dir = await scratchDir(t)
  await using service = await startService()
  const answers = [refusal(503, '4.3.1'), refusal(401, '4.7.0'), { code: 500, body: 'oops' }]
  for (const answer of answers) {
    service.answers(answer)
    assert.equal((await deliver(service.port, ['--fallback-dir', dir])).code, 0)
  }
  assert.equal((await keptIn(dir)).length, answers.length)
})

test('a mail is kept whole when the service dies in the midst of it', async (t) => {
  const dir = await scratchDir(t)
  const mail = Buffer.concat([largeMail, Buffer.from([0, 255, 13, 10, 10])])
  let heard = 0
  await using server = await startRaw((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 100 Continue\r\n\r\n'))
    socket.on('data', (chunk) => {
      heard += chunk.length
      if (heard > 3_000_000) socket.resetAndDestroy()
    })
  })
  assert.equal((await deliver(server.port, ['--fallback-dir', dir], { stdin: mail })).code, 0)
  await using service = await startService()
  const flushed = await flush(service.port, dir)
  const report = 'handed over: 1, left: 0, refused for good: 0\n'
  assert.deepEqual([flushed.code, flushed.stdout], [0, report])
  assert.ok(service.taken[0]?.body.equals(mail))
})

test('a mail is kept whole when the service is silent until the deadline', async (t) => {
  const dir = await scratchDir(t)
  await using service = await startService(() => undefined)
  const args = ['--fallback-dir', dir, '--deadline', '1']
  const { code, stdout } = await deliver(service.port, args, { stdin: largeMail })
  assert.equal(code, 0, stdout)
  service.answers(accepted)
  await flush(service.port, dir)
  assert.ok(service.taken.at(-1)?.body.equals(largeMail))
})

test('kept mails leave in the order in which they came', async (t) => {
  const dir = await scratchDir(t)
  const subjects = ['one', 'two', 'three', 'four', 'five']
  for (const subject of subjects) await keep(dir, subject)
  await using service = await startService()
  assert.equal((await flush(service.port, dir)).code, 0)
  assert.deepEqual(
    service.taken.map(({ body }) => body.toString()),
    subjects.map(mailNamed),
  )
  assert.equal(service.taken[0]?.query.get('sender'), '')
})

test('a call hands over some of many, and --flush the rest', async (t) => {
  const dir = await scratchDir(t)
  for (let i = 0; i < 25; i++)
    await writeFile(
      join(dir, `${String(1_700_000_000_000 + i).padStart(14, '0')}-1-a`),
      `/lists/talk/messages?sender=\n${mailNamed(`${i}`)}`,
    )
  await using service = await startService()
  const { stdout } = await deliver(service.port, ['--fallback-dir', dir])
  assert.match(stdout, /handed over: 20, left: 5\n$/)
  assert.match((await flush(service.port, dir)).stdout, /^handed over: 5, left: 0,/)
  assert.equal(service.taken.length, 26)
})

test('a kept mail that the service refuses for good is put aside with the reason', async (t) => {
  const dir = await scratchDir(t)
  await keep(dir, 'one', 'gone')
  await keep(dir, 'two')
  const [name = ''] = await keptIn(dir)
  const content = await readFile(join(dir, name), 'latin1')
  await using service = await startService((request, response) => {
    request.resume()
    const gone = request.url?.startsWith('/lists/gone/')
    const { code, body } = gone ? refusal(404, '5.1.1', 'there is no list gone') : accepted
    request.once('end', () => response.writeHead(code).end(body))
  })
  const { code, stdout } = await flush(service.port, dir)
  assert.equal(code, 0)
  assert.equal(
    stdout,
    'handed over: 1, left: 0, refused for good: 1\n' +
      `refused/${name} is refused for good: 5.1.1 there is no list gone\n`,
  )
  assert.equal(await readFile(join(dir, 'refused', name), 'latin1'), content)
  const why = await readFile(join(dir, 'refused', `${name}.why`), 'latin1')
  assert.equal(why, '5.1.1 there is no list gone\n')
})

test('a list that cannot take its mails holds up no other', async (t) => {
  const dir = await scratchDir(t)
  await keep(dir, 'one', 'full')
  await keep(dir, 'two', 'full')
  await keep(dir, 'three')
  const posted: string[] = []
  await using service = await startService((request, response) => {
    posted.push(request.url?.split('/')[2] ?? '')
    const { code, body } = posted.at(-1) === 'full' ? refusal(503, '4.3.1', 'no room') : accepted
    request.resume().once('end', () => response.writeHead(code).end(body))
  })
  const { code, stdout } = await flush(service.port, dir)
  assert.equal(code, 75)
  assert.match(stdout, /^handed over: 1, left: 2,.*\n\d+-\S+ has to wait: 4\.3\.1 no room\n$/)
  assert.deepEqual(posted, ['full', 'talk'])
})

test('a service that is away or does not know us is not asked for each mail', async (t) => {
  const dir = await scratchDir(t)
  for (const list of ['one', 'two', 'three']) await keep(dir, list, list)
  await using service = await startService(refusal(401, '4.7.0', 'wrong token'))
  assert.equal((await flush(service.port, dir)).code, 75)
  assert.equal(service.taken.length, 1)
  assert.equal((await flush(await deadPort(), dir)).code, 75)
  assert.equal((await keptIn(dir)).length, 3)
})

test('what is no kept mail stays where it is', async (t) => {
  const dir = await scratchDir(t)
  await writeFile(join(dir, 'notes.txt'), 'mine')
  await writeFile(join(dir, '00000000000001-1-a'), 'GET / HTTP/1.1\r\nX: y\n\nmail')
  await writeFile(join(dir, '00000000000002-1-a'), '')
  await mkdir(join(dir, '00000000000003-1-a'))
  await run('/usr/bin/mkfifo', [join(dir, '00000000000004-1-a')])
  await keep(dir, 'one')
  await using service = await startService()
  const { code, stdout } = await flush(service.port, dir)
  assert.equal(code, 75)
  assert.match(stdout, /^handed over: 1, left: 4,/)
  assert.equal(stdout.match(/stays where it is/g)?.length, 4)
  assert.equal(service.taken.length, 1)
})

test('two calls never hand over the same mail', async (t) => {
  const dir = await scratchDir(t)
  const subjects = Array.from({ length: 12 }, (_, i) => `${i}`)
  for (const [i, subject] of subjects.entries())
    await writeFile(
      join(dir, `${String(i).padStart(14, '0')}-1-a`),
      `/lists/talk/messages\n${mailNamed(subject)}`,
    )
  await using service = await startService()
  await Promise.all(Array.from({ length: 6 }, () => flush(service.port, dir)))
  await flush(service.port, dir)
  assert.deepEqual(
    service.taken.map(({ body }) => body.toString()),
    subjects.map(mailNamed),
  )
})

test('a call killed while it hands over stops nobody after it', async (t) => {
  const dir = await scratchDir(t)
  await keep(dir, 'one')
  await using service = await startService(() => undefined)
  const where = ['--mlmmj', '127.0.0.1', '--port', String(service.port)]
  const args = [client, ...where, '--fallback-dir', dir, '--flush']
  const { child, ended } = start(process.execPath, args)
  await until(async () => (await hiddenIn(dir)).length === 1)
  const other = await flush(service.port, dir)
  assert.equal(other.code, 75)
  assert.match(other.stdout, /another call is handing over/)
  child.kill('SIGKILL')
  await ended
  service.answers(accepted)
  assert.equal((await flush(service.port, dir)).code, 0)
  assert.deepEqual([...(await keptIn(dir)), ...(await hiddenIn(dir))], [])
})

test('a call killed at any moment leaves a whole mail or none', async (t) => {
  const dir = await scratchDir(t)
  const port = await deadPort()
  const where = ['--mlmmj', '127.0.0.1', '--port', String(port), '--fallback-dir', dir, 'talk']
  for (const ms of [20, 40, 50, 60, 70, 80, 100, 150]) {
    const child = spawn(process.execPath, [client, ...where], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(largeMail)
    const timer = setTimeout(() => child.kill('SIGKILL'), ms)
    await once(child, 'exit')
    clearTimeout(timer)
  }
  for (const name of await keptIn(dir)) {
    const content = await readFile(join(dir, name))
    assert.ok(content.subarray(content.indexOf(10) + 1).equals(largeMail))
  }
})

test('a large mail takes little memory, whether it is kept or arrives', async (t) => {
  const dir = await scratchDir(t)
  await using service = await startService((request, response) => {
    request.removeAllListeners('data').resume()
    request.once('end', () => response.writeHead(accepted.code).end(accepted.body))
  })
  for (const port of [await deadPort(), service.port]) {
    const where = ['--mlmmj', '127.0.0.1', '--port', String(port), '--fallback-dir', dir, 'talk']
    const child = spawn(process.execPath, [client, ...where], {
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    const ended = once(child, 'exit')
    const chunk = Buffer.alloc(1_000_000, 'a line of a large mail\n')
    for (let i = 0; i < 200; i++) if (!child.stdin.write(chunk)) await once(child.stdin, 'drain')
    const status = await readFile(`/proc/${child.pid}/status`, 'latin1')
    child.stdin.end()
    assert.deepEqual(await ended, [0, null])
    const most = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
    assert.ok(most < 150, `${most} MB at most`)
  }
})

test('without a usable directory the mail is tried, and comes again when that fails', async (t) => {
  const dir = await scratchDir(t)
  const missing = ['--fallback-dir', join(dir, 'missing')]
  await using service = await startService()
  assert.equal((await deliver(service.port, missing)).code, 0)
  const { code, stdout } = await deliver(await deadPort(), missing)
  assert.equal(code, 75)
  assert.match(stdout, /^4\.4\.1 .*missing cannot be used \(ENOENT\)\n$/)
})

test('a mail that the disk has no room for comes again', async (t) => {
  const dir = await scratchDir(t)
  const where = ['--mlmmj', '127.0.0.1', '--port', String(await deadPort())]
  const limited = ['-c', 'trap "" XFSZ; ulimit -f 100; exec "$@"', 'sh', process.execPath, client]
  const args = [...limited, ...where, '--fallback-dir', dir, 'talk']
  const { code, stdout } = await run('/bin/sh', args, { stdin: largeMail })
  assert.equal(code, 75, stdout)
  assert.match(stdout, /^4\.3\.0 .*cannot be kept in .*\(EFBIG\)/)
  assert.deepEqual([...(await keptIn(dir)), ...(await hiddenIn(dir))], [])
  await using service = await startService()
  const there = ['--mlmmj', '127.0.0.1', '--port', String(service.port)]
  const through = [...limited, ...there, '--fallback-dir', dir, 'talk']
  assert.equal((await run('/bin/sh', through, { stdin: largeMail })).code, 0)
  assert.ok(service.taken[0]?.body.equals(largeMail))
})

test(
  'root may hand over what belongs to the mail user',
  { skip: process.getuid?.() !== 0 },
  async (t) => {
    const dir = await scratchDir(t)
    const [uid, gid] = [65534, 65534]
    await run('/bin/chown', [`${uid}:${gid}`, dir])
    await flush(await deadPort(), dir)
    const refused = await stat(join(dir, 'refused'))
    assert.deepEqual([refused.uid, refused.gid], [uid, gid])
  },
)
