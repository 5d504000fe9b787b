import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startSink } from '../_sink.ts'
import { until } from '../_until.ts'
import { httpHouse, smallMail, token } from './_http-house.ts'

test('commands are called in the JSON of the first listener', async () => {
  await using house = await httpHouse({ lists: [{ subscribers: [] }] })
  const { list, command } = house
  const added = await command('mlmmj-sub', ['-L', list.dir, '-a', 'ann@example.org', '-s'])
  assert.deepEqual([added.code, added.json], [200, { returncode: 0, output: '' }])
  assert.deepEqual(house.changed, [list.dir])
  const listed = await command('mlmmj-list', ['-L', 'talk'])
  assert.deepEqual(listed.json, { returncode: 0, output: 'ann@example.org\n' })
  const gone = await command('mlmmj-unsub', ['-L', 'talk', '-a', 'ann@example.org', '-s'], {
    mail: null,
  })
  assert.deepEqual(gone.json, { returncode: 0, output: '' })
  assert.deepEqual(await list.members(), [])
})

test('a mail may come in base64', async () => {
  await using house = await httpHouse()
  const mail = Buffer.from(`${smallMail}\xe4\0`, 'latin1')
  const args = ['-F', '-L', house.list.dir]
  const taken = await house.command('mlmmj-receive', args, { mail: mail.toString('base64') })
  assert.deepEqual([taken.code, taken.json], [200, { returncode: 0, output: '' }])
  const [id = ''] = await house.mails()
  assert.equal(await house.list.read(`incoming/${id}`), mail.toString('latin1'))
  assert.deepEqual(house.stored, [house.list.dir])
})

test('a list is made from far away, and is there for mail at once', async () => {
  await using house = await httpHouse()
  const args = ['-L', 'news', '-d', 'example.org', '-o', 'ann@example.org', '-l', 'en']
  const made = await house.command('mlmmj-make-ml', [...args, '-s', house.spoolDir])
  assert.deepEqual([made.code, made.json['returncode']], [200, 0], made.text)
  assert.deepEqual(house.changed, [join(house.spoolDir, 'news')])
  assert.equal((await house.post('/lists/news/messages', smallMail)).code, 202)
})

test('every kind of command can be called', async () => {
  await using house = await httpHouse()
  for (const [command, ...args] of [
    ['mlmmj-maintd', '-F', '-L', 'talk'],
    ['mlmmj-maintd', '-F', '-d', house.spoolDir],
    ['mlmmj-process', '--worker', '-L', 'talk'],
    ['mlmmj-send', '--pending', '-L', 'talk'],
    ['mlmmj-bounce', '-L', 'talk', '-a', 'ann=example.org', '-n', '1'],
  ] as const) {
    const { code, json } = await house.command(command, args)
    assert.deepEqual([code, json['returncode']], [200, 0], `${command}: ${String(json['output'])}`)
  }
})

test('content of any type is read as JSON, or of none', async () => {
  await using house = await httpHouse()
  const body = JSON.stringify({ 'mlmmj-command': 'mlmmj-list', args: ['-cLtalk'] })
  for (const type of [
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain; x=y',
    '',
  ])
    for (const path of ['/', '/command']) {
      const headers = type === '' ? {} : { 'content-type': type }
      const { json } = await house.ask(path, { method: 'POST', body, headers })
      assert.deepEqual(json, { returncode: 0, output: '3\n' }, `${path} ${type}`)
    }
})

test('a refused or failed command has a real code, and never returncode 0', async () => {
  await using house = await httpHouse({ mostBytes: 1_000 })
  const named = (args: readonly unknown[], more: object = {}, command: unknown = 'mlmmj-list') =>
    JSON.stringify({ 'mlmmj-command': command, args, ...more })
  const mail = Buffer.alloc(1_001).toString('base64')
  const cases: readonly (readonly [number, string, number, string])[] = [
    [400, '5.5.4', 64, ''],
    [400, '5.5.4', 64, '{'],
    [400, '5.5.4', 64, '[]'],
    [400, '5.5.4', 64, 'null'],
    [400, '5.5.4', 64, '{}'],
    [400, '5.5.4', 64, '{"__proto__": {"mlmmj-command": "mlmmj-list"}, "args": []}'],
    [400, '5.5.4', 64, named(['-Ltalk'], {}, 'sh')],
    [400, '5.5.4', 64, named(['-Ltalk'], {}, ['mlmmj-list'])],
    [400, '5.5.4', 64, named(['-Ltalk'], { shell: true })],
    [400, '5.5.4', 64, named(['-L', 1])],
    [400, '5.5.4', 64, named(Array(201).fill('-c'))],
    [400, '5.5.4', 64, named(['-L', '../talk'])],
    [400, '5.5.4', 64, named(['-L', '/etc'])],
    [400, '5.5.4', 64, named(['-Ltalk', '--file=/etc/passwd'], {}, 'mlmmj-sub')],
    [400, '5.5.4', 64, named(['-Ltalk'], { mail: '%%%' }, 'mlmmj-receive')],
    [400, '5.5.4', 64, named(['-Ltalk'], { mail: 5 }, 'mlmmj-receive')],
    [400, '5.5.4', 64, named([])],
    [400, '5.6.0', 65, named(['-Ltalk', '-a', 'nobody'], {}, 'mlmmj-sub')],
    [404, '5.1.1', 67, named(['-Lnone'])],
    [413, '5.3.4', 65, named(['-Ltalk'], { mail }, 'mlmmj-receive')],
    [413, '5.3.4', 65, ' '.repeat(80_000)],
  ]
  for (const [code, status, returncode, body] of cases) {
    const { json, ...asked } = await house.ask('/command', { method: 'POST', body })
    const seen = [asked.code, json['status'], json['returncode']]
    assert.deepEqual(seen, [code, status, returncode], `${body.slice(0, 90)}: ${asked.text}`)
    assert.match(String(json['message']), /^.{10,200}$/)
    assert.match(String(json['output']), /\w{4}/)
  }
  const unnamed = await house.ask('/', {
    method: 'POST',
    body: named(['-Ltalk']),
    token: undefined,
  })
  assert.deepEqual([unnamed.code, unnamed.json['returncode']], [401, 75])
  assert.deepEqual(house.stored, [])
})

test('trouble with a list that only its owner may touch is told as such', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can give a list away')
  await using house = await httpHouse()
  await house.list.giveTo(65_534, 65_534)
  const { code, json } = await house.command('mlmmj-sub', ['-L', 'talk', '-a', 'ann@example.org'])
  assert.deepEqual([code, json['status'], json['returncode']], [503, '4.3.0', 75])
  assert.equal(process.geteuid?.(), 0)
})

test('a slow list does not hold up another', async () => {
  await using sink = await startSink({
    answer: ({ verb }) => (verb === 'greeting' ? 'stall' : undefined),
  })
  const lists = [{ port: sink.port }, { address: 'quick@example.org' }]
  await using house = await httpHouse({ lists })
  const slow = house.command('mlmmj-sub', ['-L', 'talk', '-a', 'new@example.org', '-c'])
  let ended = false
  void slow.finally(() => (ended = true)).catch(() => undefined)
  await until(async () => (await house.list.members()).length === 4)
  const began = performance.now()
  for (let n = 0; n < 20; n++) {
    const args = ['-L', 'quick', '-a', `a${n}@example.org`, '-s']
    assert.equal((await house.command('mlmmj-sub', args)).code, 200)
    assert.equal((await house.post('/lists/quick/messages', smallMail)).code, 202)
    assert.equal((await house.post('/lists/talk/messages', smallMail)).code, 202)
  }
  assert.ok(performance.now() - began < 5_000)
  assert.equal(ended, false)
  await sink.close()
  assert.equal((await slow).code, 200)
})

test('neither the token nor a mail is ever told or logged', async () => {
  await using house = await httpHouse()
  const secret = 'very private words'
  const mail = Buffer.from(`Subject: ${secret}\n\n${secret}\n`)
  await house.post('/lists/none/messages', mail)
  await house.list.remove('incoming')
  const answers = [
    await house.post('/lists/talk/messages', mail),
    await house.command('mlmmj-receive', ['-L', 'talk'], { mail: mail.toString('base64') }),
    await house.ask('/', { method: 'POST', body: `{"mail": "${secret}` }),
    await house.post('/lists/talk/messages', mail, { token: `${token}${token}` }),
  ]
  const log = existsSync(house.list.path('mlmmj-ts.log'))
    ? await house.list.read('mlmmj-ts.log')
    : ''
  const all = [...answers.map(({ text }) => text), ...house.told, log].join('\n')
  assert.match(all, /no token from 127\.0\.0\.1, 1 times/)
  for (const word of [secret, token, mail.toString('base64')])
    assert.equal(all.includes(word), false)
})
