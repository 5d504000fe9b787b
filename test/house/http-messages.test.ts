import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { test } from 'node:test'
import { pause, until } from '../_until.ts'
import { dial, httpHouse, smallMail, token } from './_http-house.ts'

const path = '/lists/talk/messages'

test('a mail is taken when it lies in incoming/, with its envelope', async () => {
  await using house = await httpHouse()
  const { code, json } = await house.post(
    `${path}?sender=joe%2Bx%40example.org&recipient=talk%2Bsubscribe%40example.org&extension=subscribe`,
    smallMail,
  )
  assert.equal(code, 202)
  const [id = ''] = await house.mails()
  assert.deepEqual(json, { id: id.slice(0, 8), status: '2.6.0' })
  assert.equal(await house.list.read(`incoming/${id}`), smallMail)
  assert.deepEqual(JSON.parse((await house.list.read(`incoming/${id}.envelope`)) ?? ''), {
    sender: 'joe+x@example.org',
    extension: 'subscribe',
  })
  assert.deepEqual(house.stored, [house.list.dir])
})

test('the envelope may stand in header fields; bytes stay bytes', async () => {
  await using house = await httpHouse()
  const bytes = Buffer.from([...Array(256).keys()].flatMap((byte) => [byte, 13, 10]))
  const headers = { 'x-envelope-from': 'j\xc3\xb6e@example.org', 'x-envelope-extension': 'owner' }
  assert.equal((await house.post(path, bytes, { headers })).code, 202)
  const [id = ''] = await house.mails()
  assert.equal(await house.list.read(`incoming/${id}`), bytes.toString('latin1'))
  const envelope = JSON.parse((await house.list.read(`incoming/${id}.envelope`)) ?? '') as unknown
  assert.deepEqual(envelope, { sender: 'j\xc3\xb6e@example.org', extension: 'owner' })
})

test('what the mail server does not say of the envelope is found in the recipient', async () => {
  const lists = [{}, { address: 'dash@example.org', control: { delimiter: '-\n' } }]
  await using house = await httpHouse({ lists })
  const dash = house.lists[1] ?? house.list
  const envelopeFor = async (query: string, list = house.list) => {
    const name = list === dash ? 'dash' : 'talk'
    assert.equal((await house.post(`/lists/${name}/messages?${query}`, smallMail)).code, 202)
    const [id = ''] = await house.mails(list)
    const kept = await list.read(`incoming/${id}.envelope`)
    await list.remove('incoming')
    mkdirSync(list.path('incoming'))
    return kept === undefined ? undefined : (JSON.parse(kept) as Record<string, string>)
  }
  assert.equal(await envelopeFor(''), undefined)
  assert.deepEqual(await envelopeFor('sender='), { sender: '' })
  assert.deepEqual(await envelopeFor('sender=%3C%3E&extension='), { sender: '', extension: '' })
  assert.deepEqual(await envelopeFor('sender=MAILER-DAEMON'), { sender: '' })
  assert.deepEqual(await envelopeFor('recipient=talk@example.org'), { extension: '' })
  assert.deepEqual(await envelopeFor('recipient=talk%2Bhelp@example.org'), { extension: 'help' })
  const dummy = 'recipient=talk%2Bhelp@localhost.mlmmj&extension='
  assert.deepEqual(await envelopeFor(dummy), { extension: 'help' })
  assert.deepEqual(await envelopeFor('recipient=dash-faq@example.org', dash), { extension: 'faq' })
  assert.deepEqual(await envelopeFor('recipient=other@example.net&extension='), { extension: '' })
})

test('lists may lie in directories of domains', async () => {
  await using house = await httpHouse()
  mkdirSync(join(house.spoolDir, 'example.net'))
  renameSync(house.list.dir, join(house.spoolDir, 'example.net', 'talk'))
  assert.equal((await house.post('/lists/example.net/talk/messages', smallMail)).code, 202)
  assert.deepEqual(house.stored, [join(house.spoolDir, 'example.net', 'talk')])
})

test('a refusal is JSON with a real code, a status and a sentence, and keeps nothing', async () => {
  await using house = await httpHouse({ mostBytes: 1_000 })
  const large = Buffer.alloc(1_001, 'x')
  const mail = { 'content-type': 'message/rfc822' }
  const cases: readonly (readonly [number, string, string, object])[] = [
    [404, '5.1.1', '/lists/none/messages', {}],
    [404, '5.1.1', '/lists/example.net/none/messages', {}],
    [400, '5.5.4', '/lists/.talk/messages', {}],
    [400, '5.5.4', '/lists/ta%20lk/messages', {}],
    [400, '5.5.4', `/lists/${'x'.repeat(65)}/messages`, {}],
    [400, '5.5.4', `${path}?sender=a%0ab`, {}],
    [400, '5.5.4', `${path}?sender=${'x'.repeat(1_001)}`, {}],
    [400, '4.3.5', `${path}?from=a`, {}],
    [400, '4.3.5', `${path}?sender=a&sender=b`, {}],
    [400, '4.3.5', `${path}?sender=a`, { headers: { 'x-envelope-from': 'b' } }],
    [400, '4.3.5', path, { headers: { 'x-envelope-from': ['a', 'b'] } }],
    [413, '5.3.4', path, { body: large }],
    [413, '5.3.4', path, { body: Readable.from([large.subarray(500), large]) }],
    [415, '4.3.5', path, { headers: { 'content-type': 'text/plain' } }],
    [415, '4.3.5', path, { headers: { 'content-type': 'message/rfc822/x' } }],
    [415, '4.3.5', path, { headers: { 'content-encoding': 'gzip' } }],
    [401, '4.7.0', path, { token: undefined }],
    [401, '4.7.0', path, { token: `${token}x` }],
    [401, '4.7.0', '/lists/none/messages', { token: undefined }],
    [404, '4.3.5', '/lists/talk', {}],
    [404, '4.3.5', '/lists/talk/messages/1', {}],
    [400, '5.5.4', '/lists//messages', {}],
    [404, '4.3.5', '/lists/../../etc/passwd', {}],
    [404, '4.3.5', '/nothing', { token: undefined }],
    [404, '4.3.5', path, { method: 'GET', body: undefined }],
    [404, '4.3.5', path, { method: 'PUT' }],
    [400, '4.3.5', '/lists/%zz/messages', {}],
    [414, '4.3.5', `/lists/${'x'.repeat(1_000)}/messages`, {}],
  ]
  for (const [code, status, where, asking] of cases) {
    const given = asking as { headers?: Record<string, string>; body?: Buffer }
    const headers = { ...mail, ...given.headers }
    const asked = await house.ask(where, { method: 'POST', body: smallMail, ...given, headers })
    const { status: said, message, ...others } = asked.json
    assert.deepEqual([asked.code, said], [code, status], `${where}: ${asked.text}`)
    assert.match(String(message), /^\w.{10,200}$/, where)
    if (code !== 401) assert.deepEqual(others, {}, where)
    assert.equal(asked.text.includes(token), false)
  }
  assert.deepEqual(await house.mails(), [])
  assert.deepEqual(await house.drafts(), [])
  assert.deepEqual(readdirSync(house.spoolDir), ['talk'])
  assert.deepEqual(house.stored, [])
})

test('trouble with the spool never says for good', async () => {
  await using house = await httpHouse()
  await house.list.remove('incoming')
  const broken = await house.post(path, smallMail)
  assert.deepEqual([broken.code, broken.json['status']], [503, '4.3.0'], broken.text)
  await house.list.remove('control/listaddress')
  const half = await house.post(path, smallMail)
  assert.deepEqual([half.code, half.json['status']], [503, '4.3.0'], half.text)
  renameSync(house.spoolDir, `${house.spoolDir}.away`)
  try {
    const away = await house.post(path, smallMail)
    assert.deepEqual([away.code, away.json['status']], [503, '4.3.0'], away.text)
    mkdirSync(house.spoolDir)
    const empty = await house.post(path, smallMail)
    assert.deepEqual([empty.code, empty.json['status']], [503, '4.3.0'], empty.text)
  } finally {
    renameSync(`${house.spoolDir}.away`, house.spoolDir)
  }
  assert.ok(house.told.some((line) => line.startsWith('command-failed command="http"')))
})

test('a mail that does not come to its end is not kept', async () => {
  await using house = await httpHouse()
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: message/rfc822\r\n`
  const parts = [
    `${head}Content-Length: 500\r\n\r\n${smallMail}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n40\r\n${smallMail}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nSubje\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nSubje\r\nzz\r\n`,
  ]
  for (const end of ['destroy', 'end'] as const)
    for (const part of parts) {
      const { socket, heard } = dial(house.port)
      socket.write(part)
      await pause(30)
      socket[end]()
      assert.doesNotMatch(await heard(1_000), / 202 |"5\./, part)
    }
  await until(async () => (await house.drafts()).length === 0)
  assert.deepEqual(await house.mails(), [])
  assert.deepEqual(house.stored, [])
})

test('a mail goes to disk as it comes, and is cut when it becomes too large', async () => {
  await using house = await httpHouse({ mostBytes: 8_000_000 })
  const onDisk = async () => {
    const names = await house.drafts()
    return names.reduce((sum, name) => sum + statSync(house.list.path('.mlmmj-ts', name)).size, 0)
  }
  const body = new PassThrough()
  const answer = house.post(path, body)
  const part = Buffer.alloc(5_000_000, 'all work and no play\n')
  body.write(part)
  await until(async () => (await onDisk()) === part.length)
  assert.deepEqual(await house.mails(), [])
  body.write(part)
  const { code, json } = await answer
  assert.deepEqual([code, json['status']], [413, '5.3.4'])
  body.destroy()
  await until(async () => (await onDisk()) === 0)
  assert.deepEqual(await house.mails(), [])
  assert.equal((await house.post(path, part)).code, 202)
  assert.equal(
    ((await house.list.read(`incoming/${(await house.mails())[0]}`)) ?? '').length,
    5_000_000,
  )
})
