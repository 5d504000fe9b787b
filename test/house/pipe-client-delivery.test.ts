import assert from 'node:assert/strict'
import { chmod, copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Script } from 'node:vm'
import { run } from '../_program.ts'
import { client, deliver, largeMail, scratchDir, smallMail, startService } from './_pipe-service.ts'

test('a mail goes to its list with its envelope, as it came', async () => {
  await using service = await startService()
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256))
  const mail = Buffer.concat([Buffer.from(smallMail), bytes, Buffer.from('no line end')])
  const recipient = ['--recipient', 'talk+help@example.org', '--extension', 'help']
  const { code, stdout, stderr } = await deliver(service.port, recipient, { stdin: mail })
  assert.deepEqual([code, stdout, stderr], [0, '2.6.0 accepted as 1a2b3c4d\n', ''])
  const [taken] = service.taken
  assert.equal(service.taken.length, 1)
  assert.equal(`${taken?.method} ${taken?.path}`, 'POST /lists/talk/messages')
  assert.deepEqual(Object.fromEntries(taken?.query ?? []), {
    sender: 'joe@example.org',
    recipient: 'talk+help@example.org',
    extension: 'help',
  })
  assert.equal(taken?.headers['content-type'], 'message/rfc822')
  assert.equal(taken?.headers.authorization, undefined)
  assert.ok(taken?.body.equals(mail))
  assert.ok(taken.complete)
})

test('a mail of many megabytes streams to a service that reads slowly', async () => {
  await using service = await startService((request, response) => {
    request.pause()
    setTimeout(() => request.resume(), 300)
    request.once('end', () => response.writeHead(202).end('{"status":"2.0.0","id":"x"}'))
  })
  const { code } = await deliver(service.port, [], { stdin: largeMail })
  assert.equal(code, 0)
  assert.ok(service.taken[0]?.body.equals(largeMail))
})

test('a mail of no bytes is one too', async () => {
  await using service = await startService()
  const { code } = await deliver(service.port, [], { stdin: '' })
  assert.equal(code, 0)
  assert.equal(service.taken[0]?.body.length, 0)
})

test('an empty sender arrives as empty, and a missing one does not arrive', async () => {
  await using service = await startService()
  const where = ['--mlmmj', '127.0.0.1', '--port', String(service.port)]
  await run(client, [...where, '--sender', '', 'talk'], { stdin: smallMail })
  await run(client, [...where, '--sender', 'MAILER-DAEMON', 'talk'], { stdin: smallMail })
  await run(client, [...where, 'talk'], { stdin: smallMail })
  assert.deepEqual(
    service.taken.map(({ query }) => query.get('sender')),
    ['', '', null],
  )
})

test('no address becomes anything but an address', async () => {
  await using service = await startService()
  const odd = [
    '"a\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1"@example.org',
    'a&recipient=b@example.org',
    'a%40b%0d%0a#?+ @example.org',
    '--flush',
    '$(touch x)`id`;\'"\\@example.org',
    'grün@bücher.example.org',
  ]
  for (const address of odd) {
    const { code } = await deliver(service.port, ['--recipient', address, '--extension', address])
    assert.equal(code, 0, address)
    const taken = service.taken.pop()
    assert.deepEqual(
      [...(taken?.query ?? [])],
      [
        ['sender', 'joe@example.org'],
        ['recipient', address],
        ['extension', address],
      ],
    )
    assert.equal(taken?.headers['x-evil'], undefined)
  }
})

test('a list below a domain has a path of its own', async () => {
  await using service = await startService()
  const where = ['--mlmmj', 'localhost', '--port', String(service.port)]
  await run(client, [...where, 'example.org/talk'], { stdin: smallMail })
  await run(client, [...where, '--domain', 'example.net', 'talk'], { stdin: smallMail })
  assert.deepEqual(
    service.taken.map(({ path }) => path),
    ['/lists/example.org/talk/messages', '/lists/example.net/talk/messages'],
  )
})

test('the token comes from a file', async (t) => {
  const dir = await scratchDir(t)
  await writeFile(join(dir, 'token'), 'a-token-of-this-test\n')
  await using service = await startService()
  await deliver(service.port, ['--token-file', join(dir, 'token')])
  assert.equal(service.taken[0]?.headers.authorization, 'Bearer a-token-of-this-test')
})

test('the one file works alone, wherever it is copied to', async (t) => {
  const dir = await scratchDir(t)
  const copy = join(dir, 'postfix_incoming')
  await copyFile(client, copy)
  await chmod(copy, 0o755)
  await using service = await startService()
  const args = ['--mlmmj', '127.0.0.1', '--port', String(service.port), 'talk']
  const { code, stderr } = await run(copy, args, { stdin: smallMail, cwd: dir })
  assert.deepEqual([code, stderr], [0, ''])
})

test('what was compiled ahead is what this Node takes', async () => {
  const { source, node, compiled } = await partsOf(client)
  const { size, mtimeMs } = await stat(process.execPath)
  assert.equal(node, [process.version, process.arch, size, Math.trunc(mtimeMs)].join())
  assert.equal(new Script(source, { cachedData: compiled }).cachedDataRejected, false)
  assert.equal(new Script(`${source} `, { cachedData: compiled }).cachedDataRejected, true)
})

test('what another Node compiled is left aside', async (t) => {
  const dir = await scratchDir(t)
  const { text, node, compiled } = await partsOf(client)
  // It has the right form for V8, and would end the program.
  const noise = Buffer.concat([compiled.subarray(0, 64), Buffer.alloc(compiled.length - 64, 0x5a)])
  const other = text
    .replace(`// ${node} `, `// ${node.replace(/\d+$/, '1')} `)
    .replace(compiled.toString('base64'), noise.toString('base64'))
  assert.notEqual(other.indexOf(noise.toString('base64')), -1)
  const copy = join(dir, 'postfix_incoming')
  await writeFile(copy, other, { mode: 0o755, encoding: 'latin1' })
  await using service = await startService()
  const args = ['--mlmmj', '127.0.0.1', '--port', String(service.port), 'talk']
  const { code, stdout, stderr } = await run(copy, args, { stdin: smallMail })
  assert.deepEqual([code, stdout, stderr], [0, '2.6.0 accepted as 1a2b3c4d\n', ''])
})

test('a Node that does not know our flags, and a plain call of it, take the mail', async (t) => {
  const dir = await scratchDir(t)
  const strict = `#!/bin/sh\ncase $1 in --*) exit 9 ;; esac; exec '${process.execPath}' "$@"\n`
  await writeFile(join(dir, 'node'), strict, { mode: 0o755 })
  await using service = await startService()
  const args = [client, '--mlmmj', '127.0.0.1', '--port', String(service.port), 'talk']
  const env = { PATH: `${dir}:/usr/bin:/bin` }
  assert.equal((await run('/bin/sh', args, { env, stdin: smallMail })).code, 0)
  assert.equal((await run(process.execPath, args, { stdin: smallMail })).code, 0)
  assert.deepEqual(
    service.taken.map(({ body }) => body.toString()),
    [smallMail, smallMail],
  )
})

test('where Node is missing or broken, the mail comes again', async (t) => {
  const dir = await scratchDir(t)
  const env = { PATH: dir }
  // /usr/local/bin is looked into besides; a Node that lives there would be found.
  const broken = join(dir, 'node')
  await writeFile(broken, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  assert.equal((await run('/bin/sh', [client, 'talk'], { env })).code, 75)
  await writeFile(broken, '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 })
  assert.equal((await run('/bin/sh', [client, 'talk'], { env })).code, 75)
})

/** What the one file consists of: the whole text, and what is in its comment (a byte string each). */
async function partsOf(file: string) {
  const text = await readFile(file, 'latin1')
  const [, hidden = '', node = '', code = ''] =
    /\n\/\*\n([\s\S]*)\n\*\/\n\/\/ (\S+) (\S+)\n$/.exec(text) ?? []
  const source = hidden.replaceAll('*~/', '*/')
  return { text, source, node, compiled: Buffer.from(code, 'base64') }
}
