import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { openHouse } from '../../src/app.ts'
import { bytesFromText } from '../../src/base/bytes.ts'
import { isFault } from '../../src/base/fault.ts'
import { readConfig } from '../../src/config.ts'
import { drainIncoming } from '../../src/flows/drain-incoming.ts'
import { listTables, tableNames } from '../../src/flows/list-tables.ts'
import { startSink } from '../_sink.ts'
import { pause, until } from '../_until.ts'
import { httpHouse, token } from './_http-house.ts'
import { greeted, letter, LmtpClient, lmtpHouse } from './_lmtp-client.ts'
import { hearEvents, post, serviceHouse } from './_service-house.ts'

/** What anybody may ask. A new route is not among them unless it is put here on purpose. */
const open = ['GET', 'HEAD'].flatMap((method) => [
  `${method} /health/live`,
  `${method} /health/ready`,
])

test('every route but those of health asks for the token, and only in its header', async () => {
  await using house = await httpHouse()
  const routes = house.server.routes
  assert.ok(routes.length > open.length && open.every((route) => routes.includes(route)))
  const guarded = routes.filter((route) => !open.includes(route))
  assert.deepEqual(guarded.sort(), [
    'POST /',
    'POST /command',
    'POST /lists/:domain/:name/messages',
    'POST /lists/:name/messages',
  ])
  const wrong: readonly { headers?: Record<string, string>; query?: string }[] = [
    {},
    { headers: { authorization: token } },
    { headers: { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` } },
    { headers: { cookie: `token=${token}` } },
    { headers: { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-user': 'root' } },
    { query: `?token=${token}&access_token=${token}` },
  ]
  const asked = guarded.flatMap((route) =>
    wrong.map(async ({ headers = {}, query = '' }) => {
      const [method = '', path = ''] = route.split(' ')
      const where = path.replace(/:\w+/g, 'talk') + query
      const type = { 'content-type': 'message/rfc822' }
      const asking = { method, body: 'x', headers: { ...type, ...headers }, token: undefined }
      const { code, json } = await house.ask(where, asking)
      assert.ok(code === 401 || code === 429, `${route} ${query}: ${code}`)
      assert.match(String(json['status']), /^4\.7\.0$/)
    }),
  )
  await Promise.all(asked)
  assert.deepEqual(await house.mails(), [])
})

test('no cookie of a moderator or subscriber, and no token, stands in a log', async () => {
  await using sink = await startSink()
  await using house = await serviceHouse()
  const list = await house.list({
    port: sink.port,
    subscribers: ['bob@example.net'],
    control: { moderated: '', moderators: 'mod@example.org\n', submod: 'mod@example.org\n' },
  })
  using heard = hearEvents()
  const service = await house.start()
  await post(service, 'talk@example.org')
  await post(service, 'talk+subscribe@example.org')
  await until(() => sink.taken.length >= 2, 20_000)
  const mails = sink.taken.map(({ mail }) => mail.toString('latin1')).join('\n')
  const cookies = new Set(
    [...mails.matchAll(/talk\+(?:release|confsub|reject|permit)-([0-9a-f]{16})/g)].map(
      ([, cookie = '']) => cookie,
    ),
  )
  assert.ok(cookies.size >= 2, mails)
  // What is ignored, mistyped or in trouble is what logs like to quote.
  for (const cookie of cookies) {
    for (const word of ['release', 'confsub', 'moderate', 'permit', 'obstruct', 'confunsub']) {
      const robot = letter.replace('Subject:', 'Auto-Submitted: auto-replied\r\nSubject:')
      await using client = await greeted(service.ports.lmtp)
      await client.post([`talk+${word}-${cookie}@example.org`], robot)
    }
    await list.remove(`moderation/${cookie}`)
    await list.write(`moderation/${cookie}/strange`, '')
    await post(service, `talk+release-${cookie}@example.org`)
  }
  await until(async () => (await list.names('incoming')).length === 0, 20_000)
  await service.end()
  const logs = [...heard.lines, await list.read('mlmmj-ts.log')].join('\n')
  assert.match(logs, /request-ignored/)
  for (const cookie of cookies) assert.equal(logs.includes(cookie), false, cookie)
})

test('LMTP clients that say a byte at a time are hung up on, in a command and in a mail', async () => {
  await using house = await lmtpHouse([{}], 1_000_000, 500)
  await using slowCommand = new LmtpClient(house.port)
  await using slowMail = await greeted(house.port)
  assert.match(await slowCommand.reply(), /^220 /)
  for (const line of ['MAIL FROM:<ann@example.org>', 'RCPT TO:<talk@example.org>', 'DATA'])
    await slowMail.say(line)
  const drip = setInterval(() => {
    slowCommand.send('x')
    slowMail.send('x')
  }, 40)
  try {
    for (const client of [slowCommand, slowMail]) {
      assert.match(await client.reply(), /^421 4\.4\.2 /)
    }
    await using prompt = await greeted(house.port)
    for (let n = 0; n < 4; n++) {
      await pause(200)
      assert.match(await prompt.say('NOOP'), /^250 /)
    }
  } finally {
    clearInterval(drip)
  }
  slowMail.hangUp()
  await until(async () => (await list(house)).length === 0, 5_000)
  assert.deepEqual(house.stored, [])
})

async function list(house: Awaited<ReturnType<typeof lmtpHouse>>): Promise<readonly string[]> {
  return [...(await house.list.names('incoming')), ...(await house.list.names('.mlmmj-ts'))]
}

const smuggled = [
  'MAIL FROM:<eve@example.net>',
  'RCPT TO:<talk@example.org>',
  'DATA',
  'Subject: evil',
]

for (const end of [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r\n.\r',
  '\r.\r\n',
  '\r\n\0.\r\n',
  '\n.\r',
])
  test(`behind ${JSON.stringify(end)}, which ends no mail, nothing is a command, in or out`, async () => {
    await using house = await lmtpHouse([{}, { address: 'news@example.org' }])
    await using client = await greeted(house.port)
    const inside = `hello${end}${smuggled.join('\r\n')}\r\n\r\nevil\r\n`
    assert.equal(
      (
        await client.post(
          ['talk@example.org'],
          `From: ann@example.org\r\nTo: talk@example.org\r\n\r\n${inside}`,
        )
      ).length,
      1,
    )
    assert.match(await client.say('NOOP'), /^250 /)
    const mails = (await house.list.names('incoming')).filter((name) => !name.includes('.'))
    assert.equal(mails.length, 1)
    const kept = (await house.list.read(`incoming/${mails[0]}`)) ?? ''
    for (const line of smuggled) assert.ok(kept.includes(line), line)

    await using sink = await startSink()
    await house.list.write('control/smtpport', `${sink.port}\n`)
    await drainIncoming(openHouse(readConfig({})), house.list.dir)
    assert.equal(sink.taken.length, 3, 'three subscribers get a mail each, and nobody another one')
    for (const { from, mail } of sink.taken) {
      assert.match(from, /^talk\+bounces-1-/)
      assert.doesNotMatch(mail.toString('latin1'), /(^|[^\r])\n|\r\./)
    }
  })

/** What might become a file or lead to one. */
const names = [
  ...[
    '../x',
    '../../x',
    '/etc/passwd',
    '..',
    '.',
    '.x',
    '~',
    '-',
    '%2e%2e%2fx',
    'x/../../y',
    '\\..\\x',
  ],
  ...[
    'x\0y',
    'x\ny',
    '\x1b]0;x\x07',
    '*',
    '$(id)',
    '`id`',
    '|id',
    'con',
    'x'.repeat(300),
    'ü',
    '.lock',
  ],
  ...['0123456789abcdef', 'subscribe', 'control', '__proto__', 'constructor'],
]

test('no name leads out of a list, whichever way it comes', async () => {
  await using sink = await startSink()
  await using house = await httpHouse({ lists: [{ port: sink.port, subscribers: [] }] })
  const { list } = house
  await house.command('mlmmj-list', ['-L', 'talk'])
  const tree = async () =>
    (await readdir(list.dir, { recursive: true })).filter((name) => !name.startsWith('.mlmmj-ts/'))
  const before = await tree()
  const dummyDomain = 'localhost.mlmmj'
  const tables = listTables({ spoolDir: house.spoolDir, dummyDomain, route: 'mlmmj:' })
  const codes = new Set<number>()
  for (const name of names) {
    const address = `${name}@example.org`
    const base64 = (extension: string) =>
      Buffer.from(`From: ${address}\nTo: talk+${extension}@example.org\n\nx\n`).toString('base64')
    for (const table of tableNames)
      for (const key of [address, `talk+${name}@example.org`, `${name}@localhost.mlmmj`])
        await tables.lookUp(table, bytesFromText(key)).catch((thrown: unknown) => {
          if (!isFault(thrown)) throw thrown
        })
    const lines: readonly (readonly [string, ...string[]])[] = [
      ['mlmmj-sub', '-L', 'talk', '-a', address, '-s'],
      ['mlmmj-sub', '-L', 'talk', '-a', address, '-C'],
      ['mlmmj-sub', '-L', 'talk', '-m', name],
      ['mlmmj-bounce', '-L', 'talk', '-a', address.replace('@', '='), '-n', '1'],
      ['mlmmj-bounce', '-L', 'talk', '-a', 'x=example.org', '-n', name],
      ['mlmmj-unsub', '-L', 'talk', '-a', address, '-s'],
      ['mlmmj-list', '-L', name],
      ['mlmmj-list', '-L', `talk/${name}`],
      [
        'mlmmj-make-ml',
        '-L',
        name,
        '--domain',
        'example.org',
        '--owner',
        'a@example.org',
        '-l',
        name,
      ],
    ]
    for (const [program, ...args] of lines) codes.add((await house.command(program, args)).code)
    for (const extension of [
      'confsub',
      'confunsub',
      'release',
      'permit',
      'get',
      'bounces-1',
      'moderate',
    ])
      await house.command(
        'mlmmj-receive',
        ['-L', 'talk', '-s', address, '-e', `${extension}-${name}`],
        { mail: base64(`${extension}-${name}`) },
      )
  }
  assert.ok(!codes.has(500), [...codes].join())
  await house.command('mlmmj-maintd', ['-F', '-L', 'talk'])
  const added = (await tree()).filter((name) => !before.includes(name))
  const usual =
    /^(subscribers\.d\/[^./]|bounce\/[^./][^/]*|subconf\/[0-9a-f]{16}|queue\/.*|incoming\/[0-9a-f]{16}(\.envelope)?|mlmmj.*\.log(\.rotated)?|\.mlmmj-ts|archive\/\d+|index|requeue\/\d+(\/.*)?|text\.old|.*queue\/discarded\/[0-9a-f]{16})$/
  for (const name of added) assert.match(name, usual)
  const lists = (await readdir(house.spoolDir)).filter((name) => !/^[a-z0-9][\w.-]*$/.test(name))
  assert.deepEqual(lists, [])
  assert.deepEqual(await readdir(dirname(house.spoolDir)), ['spool'])
})
