import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { arrivals, greeted, letter, LmtpClient, lmtpHouse } from './_lmtp-client.ts'
import { pause, until } from '../_until.ts'

test('the greeting comes at once, and LHLO announces what RFC 2033 asks for', async () => {
  await using house = await lmtpHouse()
  const begun = performance.now()
  await using client = new LmtpClient(house.port)
  assert.match(await client.reply(), /^220 \S+ LMTP/)
  assert.ok(performance.now() - begun < 90, 'there is no pause before the greeting')
  const offers = (await client.say('LHLO client.example.net')).split('|').slice(1)
  const words = offers.map((line) => line.slice(4)).sort()
  assert.deepEqual(words, [
    '8BITMIME',
    'ENHANCEDSTATUSCODES',
    'PIPELINING',
    'SIZE 1000000',
    'SMTPUTF8',
  ])
  assert.match(await client.say('EHLO client.example.net'), /^500 /)
  assert.match(await client.say('AUTH PLAIN AGEAYg=='), /^500 5\.5\.[12] /)
  assert.match(await client.say('STARTTLS'), /^500 5\.5\.[12] /)
})

test('each accepted recipient gets a reply, a repeated one too, and the mailbox one mail', async () => {
  await using house = await lmtpHouse([{}, { address: 'news@example.org' }])
  await using client = await greeted(house.port)
  const to = [
    'talk@example.org',
    'TALK@Example.org',
    'talk@example.org',
    'nobody@example.org',
    'news@example.org',
    'talk+help@example.org',
  ]
  const replies = await client.post(to)
  assert.equal(replies.length, 5)
  for (const reply of replies) assert.match(reply, /^250 2\.6\.0 stored as [0-9a-f]{8}$/)
  assert.equal(new Set(replies).size, 3)
  const [talk, news] = house.lists
  assert.ok(talk && news)
  assert.deepEqual((await arrivals(talk)).map(({ envelope }) => envelope['extension']).sort(), [
    '',
    'help',
  ])
  for (const { mail, envelope } of [...(await arrivals(talk)), ...(await arrivals(news))]) {
    assert.equal(mail, letter)
    assert.equal(envelope['sender'], 'ann@example.org')
  }
  assert.equal((await arrivals(news)).length, 1)
  assert.match(await client.say('QUIT'), /^221 2\.0\.0 /)
})

test('a list or a command that does not exist is refused at RCPT', async () => {
  await using house = await lmtpHouse()
  await using client = await greeted(house.port)
  assert.match(await client.say('RCPT TO:<talk@example.org>'), /^503 5\.5\.1 /)
  assert.match(await client.say('MAIL FROM:<>'), /^250 2\.1\.0 /)
  const unknown = [
    'news@example.org',
    'talk@example.net',
    'talk+frobnicate@example.org',
    'talk+help-me@example.org',
    'talk+confsub@example.org',
    'postmaster',
  ]
  for (const address of unknown)
    assert.match(await client.say(`RCPT TO:<${address}>`), /^550 5\.1\.1 /, address)
  for (const known of ['help', 'subscribe-digest', 'confsub-0123456789abcdef', 'owner'])
    assert.match(await client.say(`RCPT TO:<talk+${known}@example.org>`), /^250 2\.1\.5 /, known)
  assert.match(
    await client.say('RCPT TO:<talk+bounces-1-joe=example.org@example.org>'),
    /^250 2\.1\.5 /,
  )
  assert.match(await client.say('RSET'), /^250 2\.0\.0 /)
  assert.match(await client.say('DATA'), /^503 5\.5\.1 /)
})

test('a list is known the moment it exists, and unknown when it is gone', async () => {
  await using house = await lmtpHouse([{}, {}])
  await using client = await greeted(house.port)
  await client.say('MAIL FROM:<>')
  assert.match(await client.say('RCPT TO:<new@example.org>'), /^550 5\.1\.1 /)
  await house.list.write('control/listaddress', 'talk@example.org\nnew@example.org\n')
  assert.match(await client.say('RCPT TO:<new@example.org>'), /^250 /)
  await house.list.write('control/listaddress', 'talk@example.org\n')
  assert.match(await client.say('RCPT TO:<new@example.org>'), /^550 5\.1\.1 /)
})

test('a spool without any list refuses nobody for good', async () => {
  await using house = await lmtpHouse()
  await rm(house.list.dir, { recursive: true })
  await using client = await greeted(house.port)
  await client.say('MAIL FROM:<>')
  assert.match(await client.say('RCPT TO:<talk@example.org>'), /^451 4\.3\.0 /)
  await rm(house.spoolDir, { recursive: true })
  assert.match(await client.say('RCPT TO:<talk@example.org>'), /^451 4\.3\.0 /)
})

test('a list that cannot be written is no matter for the others', async () => {
  for (const broken of ['first@example.org', 'second@example.org']) {
    await using house = await lmtpHouse([
      { address: 'first@example.org' },
      { address: 'second@example.org' },
    ])
    const bad = house.lists.find(({ dir }) => dir.endsWith(broken.split('@')[0] ?? ''))
    assert.ok(bad)
    // Root may write everywhere, so no mode will do.
    for (const name of ['incoming', '.mlmmj-ts']) {
      await bad.remove(name)
      await writeFile(bad.path(name), '')
    }
    await using client = await greeted(house.port)
    const to = ['first@example.org', 'second@example.org']
    for (const [at, reply] of (await client.post(to)).entries())
      assert.match(reply, to[at] === broken ? /^451 4\.3\.0 / : /^250 2\.6\.0 /)
    assert.match((await client.post([broken]))[0] ?? '', /^451 4\.3\.0 /)
  }
})

test('a mail that is too large is refused when it is announced', async () => {
  await using house = await lmtpHouse([{}], 10_000)
  await using client = await greeted(house.port)
  assert.match(await client.say('MAIL FROM:<ann@example.org> SIZE=10001'), /^552 5\.3\.4 /)
  assert.match(await client.say('MAIL FROM:<ann@example.org> SIZE=ten'), /^501 5\.5\.4 /)
  assert.match(await client.say('MAIL FROM:<ann@example.org> SIZE=10000'), /^250 /)
})

test('a mail that grows too large is refused for each recipient, and nothing is kept', async () => {
  await using house = await lmtpHouse([{}, { address: 'news@example.org' }], 10_000)
  await using client = await greeted(house.port)
  const large = `${letter}${'0123456789\r\n'.repeat(100_000)}`
  for (const to of [
    ['talk@example.org'],
    ['talk@example.org', 'talk@example.org', 'news@example.org'],
  ])
    for (const reply of await client.post(to, large)) assert.match(reply, /^552 5\.3\.4 /)
  assert.deepEqual(house.stored, [])
  for (const list of house.lists) {
    assert.deepEqual(await list.names('incoming'), [])
    assert.deepEqual(await list.names('.mlmmj-ts'), [])
  }
  assert.match((await client.post(['talk@example.org']))[0] ?? '', /^250 2\.6\.0 /)
})

test('bytes are stored as they come', async () => {
  await using house = await lmtpHouse([{}], 10_000_000)
  await using client = await greeted(house.port)
  const line = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1')
  const every = line.replace(/[\r\n]/g, '')
  const body = `.one dot\r\n..two\r\n.\u00ff\r\n${`${every}\r\n`.repeat(20_000)}`
  const mail = `${letter}${body}`
  assert.match((await client.post(['talk@example.org'], mail))[0] ?? '', /^250 /)
  const [arrived] = await arrivals(house.list)
  assert.ok(arrived?.mail === mail, 'the stored mail is another')
})

test('a sender is kept byte for byte, whatever RFC 5321 allows in it', async () => {
  const senders = [
    '',
    'ann@example.org',
    '"ann b"@example.org',
    '"ann@home"@example.org',
    'ann..joe.@example.org',
    'ann+tag=x@[192.0.2.1]',
    'j\u00c3\u00b6rg@ex\u00c3\u00a4mple.org',
    'ann@xn--exmple-cua.org',
    '"a\\"<b>"@example.org',
  ]
  await using house = await lmtpHouse()
  await using client = await greeted(house.port)
  for (const sender of senders)
    assert.match(
      (await client.post(['talk@example.org'], letter, sender))[0] ?? '',
      /^250 /,
      sender,
    )
  const kept = (await arrivals(house.list)).map(({ envelope }) => envelope['sender'])
  assert.deepEqual([...kept].sort(), [...senders].sort())
})

test('what is no address or no parameter is refused, and the connection goes on', async () => {
  await using house = await lmtpHouse()
  await using client = await greeted(house.port)
  for (const path of ['ann@example.org', '<ann>', '<@>', '<ann@>', '<a b@example.org>', '<<a@b>>'])
    assert.match(await client.say(`MAIL FROM:${path}`), /^501 5\.1\.7 /, path)
  assert.match(await client.say('MAIL FROM:<a@example.org> FROBNICATE=1'), /^555 5\.5\.4 /)
  assert.match(await client.say('MAIL FROM:<a@example.org> BODY=9BIT'), /^501 5\.5\.4 /)
  assert.match(await client.say('MAIL FROM:<a@example.org> SIZE=1 SIZE=2'), /^501 5\.5\.4 /)
  assert.match(
    await client.say('mail from: <@relay.example.net:a@example.org>  BODY=8BITMIME SMTPUTF8'),
    /^250 /,
  )
  assert.match(await client.say('MAIL FROM:<b@example.org>'), /^503 5\.5\.1 /)
  assert.match(await client.say('RCPT TO:<>'), /^501 5\.1\.3 /)
  assert.match(await client.say('RCPT TO:<talk@example.org> NOTIFY=NEVER'), /^555 5\.5\.4 /)
  assert.match(await client.say('FROBNICATE'), /^500 5\.5\.[12] /)
})

test('commands may come together, the next mail behind the dot of the one before', async () => {
  await using house = await lmtpHouse()
  await using client = await greeted(house.port)
  const one =
    'MAIL FROM:<ann@example.org>\r\nRCPT TO:<talk@example.org>\r\nRCPT TO:<no@example.org>\r\nDATA\r\n'
  client.send(`${one}${letter}.\r\n${one}${letter}.\r\nQUIT\r\n`)
  const replies = await client.replies(11)
  const codes = replies.map((reply) => reply.slice(0, 3))
  const mail = ['250', '250', '550', '354', '250']
  assert.deepEqual(codes, [...mail, ...mail, '221'])
  assert.equal((await arrivals(house.list)).length, 2)
})

test('who says everything and shuts his side for sending still hears the answers', async () => {
  await using house = await lmtpHouse()
  await using client = await greeted(house.port)
  const one = 'MAIL FROM:<ann@example.org>\r\nRCPT TO:<talk@example.org>\r\nDATA\r\n'
  client.send(`${one}${letter}.\r\n${one}${letter}`)
  client.shut()
  const codes = (await client.replies(8)).map((reply) => reply.slice(0, 3))
  assert.deepEqual(codes, ['250', '250', '354', '250', '250', '250', '354', 'gon'])
  assert.equal((await arrivals(house.list)).length, 1, 'the second mail has no end')
})

test('a client that never reads is hung up on, and holds up nobody', async () => {
  await using house = await lmtpHouse([{}], 1_000_000, 1_000)
  await using deaf = await greeted(house.port)
  deaf.ignore()
  const noise = Buffer.alloc(60_000, 'NOOP\r\n')
  const talk = setInterval(() => deaf.send(noise), 2)
  try {
    await using other = await greeted(house.port)
    for (let n = 0; n < 10; n++) {
      assert.match((await other.post(['talk@example.org']))[0] ?? '', /^250 /)
      await pause(50)
    }
    await until(() => deaf.isGone, 8_000)
  } finally {
    clearInterval(talk)
  }
})

test('one too many is told so, and the next has a place again', async () => {
  await using house = await lmtpHouse()
  const clients = await Promise.all(Array.from({ length: 200 }, () => greeted(house.port)))
  await using late = new LmtpClient(house.port)
  assert.match(await late.reply(), /^421 4\.3\.2 /)
  assert.equal(await late.reply(), 'gone')
  for (const client of clients) client.hangUp()
  await until(async () => {
    await using again = new LmtpClient(house.port)
    return (await again.reply()).startsWith('220')
  })
})

test('a client that hangs up in its mail leaves nothing behind', async () => {
  await using house = await lmtpHouse([{}, { address: 'news@example.org' }])
  for (const to of [['talk'], ['talk', 'news']]) {
    const client = await greeted(house.port)
    await client.say('MAIL FROM:<ann@example.org>')
    for (const name of to) await client.say(`RCPT TO:<${name}@example.org>`)
    await client.say('DATA')
    client.send(letter.repeat(5_000))
    await pause(30)
    client.hangUp()
  }
  const left = async () => {
    const names = house.lists.map(async (list) => [
      ...(await list.names('incoming')),
      ...(await list.names('.mlmmj-ts')),
    ])
    return (await Promise.all(names)).flat()
  }
  await until(
    async () => (await left()).length === 0,
    5_000,
    () => 'nothing is left',
  )
  assert.deepEqual(house.stored, [])
})

test('at its end, who is idle is told so and a mail that is coming may finish', async () => {
  await using house = await lmtpHouse()
  await using idle = await greeted(house.port)
  await using busy = await greeted(house.port)
  await busy.say('MAIL FROM:<ann@example.org>')
  await busy.say('RCPT TO:<talk@example.org>')
  await busy.say('DATA')
  busy.send(letter)
  const closed = house.close()
  assert.match(await idle.reply(), /^421 4\.3\.2 /)
  assert.equal(await idle.reply(), 'gone')
  busy.send('more\r\n.\r\n')
  assert.match(await busy.reply(), /^250 2\.6\.0 /)
  busy.hangUp()
  await closed
  assert.equal((await arrivals(house.list)).length, 1)
})
