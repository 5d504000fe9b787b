import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliver, person, relayThat, toEach, type Script } from './_delivery-relay.ts'

const wanted = Buffer.from('From: ann@example.org\r\nSubject: hello\r\n\r\n.dots\r\nand text\r\n')
const manners: [string, Script][] = [
  ['with PIPELINING', {}],
  ['without PIPELINING', { offers: ['8BITMIME'] }],
  ['with HELO', { EHLO: '502 5.5.2 what?' }],
]

for (const [manner, script] of manners) {
  test(`${manner}, every recipient gets the mail as it is, on one connection`, async () => {
    await using relay = await relayThat(script)
    const { lines, end } = await deliver(relay, toEach(3))
    assert.deepEqual(
      lines,
      [1, 2, 3].map((n) => `user${n}: sent body 250 2.0.0 taken`),
    )
    assert.deepEqual(end, { emptied: true, trouble: undefined })
    assert.equal(relay.connections, 1)
    for (const [index, mail] of relay.mails.entries()) {
      assert.deepEqual(mail.bytes, wanted)
      assert.deepEqual(mail.to, [`<user${index + 1}@example.org>`])
      assert.match(mail.from, new RegExp(`<talk\\+bounces-1-user${index + 1}=example.org@`))
    }
    assert.equal(relay.commands.at(-1), 'QUIT')
  })

  test(`${manner}, a group goes on without those who are refused`, async () => {
    const RCPT = ({ line }: { line: string }) =>
      line.includes('user2')
        ? '550 5.1.1 nobody'
        : line.includes('user3')
          ? '450 4.2.1 not now'
          : '250 ok'
    await using relay = await relayThat({ ...script, RCPT })
    const to = [1, 2, 3, 4, 4].map(person)
    const { lines } = await deliver(relay, [{ from: 'a@example.net', to, note: 1 }])
    assert.deepEqual(lines, [
      'user1: sent body 250 2.0.0 taken',
      'user2: never rcpt 550 5.1.1 nobody',
      'user3: later rcpt 450 4.2.1 not now',
      'user4: sent body 250 2.0.0 taken',
      'user4: sent body 250 2.0.0 taken',
    ])
    const reached = [1, 4, 4].map((n) => `<user${n}@example.org>`)
    assert.deepEqual(relay.mails[0]?.to, reached)
  })

  test(`${manner}, each mail has its own header line`, async () => {
    await using relay = await relayThat(script)
    const headerLine = 'To: user1@example.org'
    await deliver(relay, [{ from: '', to: [person(1)], headerLine, note: 1 }, ...toEach(1)])
    const [first, second] = relay.mails
    assert.equal(
      first?.bytes.toString(),
      'From: ann@example.org\r\nSubject: hello\r\nTo: user1@example.org\r\n\r\n.dots\r\nand text\r\n',
    )
    assert.match(first?.from ?? '', /^MAIL FROM:<>/)
    assert.deepEqual(second?.bytes, wanted)
  })

  const refusals: [string, Script, string, number][] = [
    ['MAIL refused for now', { MAIL: '452 4.3.1 full' }, 'later mail 452 4.3.1 full', 0],
    ['MAIL refused for good', { MAIL: '550 5.7.1 no' }, 'later mail 550 5.7.1 no', 0],
    ['RCPT refused for now', { RCPT: '451 4.7.1 wait' }, 'later rcpt 451 4.7.1 wait', 0],
    ['RCPT refused for good', { RCPT: '553 5.1.3 no' }, 'never rcpt 553 5.1.3 no', 0],
    ['DATA refused', { DATA: '554 5.5.1 no' }, 'later data 554 5.5.1 no', 0],
    ['the mail refused for now', { dot: '451 4.3.0 full' }, 'later body 451 4.3.0 full', 0],
    ['the mail refused for good', { dot: '554 5.6.0 spam' }, 'never body 554 5.6.0 spam', 0],
  ]
  for (const [what, answers, outcome] of refusals)
    test(`${manner}, ${what} concerns this one mail alone`, async () => {
      const [step = '', text = ''] = Object.entries(answers)[0] ?? []
      const scripted = { [step]: ({ count }: { count: number }) => (count === 2 ? text : ok(step)) }
      await using relay = await relayThat({ ...script, ...scripted })
      const { lines, end } = await deliver(relay, toEach(3))
      assert.deepEqual(
        lines,
        ['user1: sent body 250 fine', `user2: ${outcome}`, 'user3: sent body 250 fine'].map(
          (line) => (step === 'dot' ? line : line.replace('fine', '2.0.0 taken')),
        ),
      )
      assert.equal(end.emptied, true)
      assert.equal(relay.connections, 1)
    })

  test(`${manner}, replies of many lines are read to their end`, async () => {
    const two = (code: number) => `${code}-first\r\n${code} second`
    await using relay = await relayThat({
      greeting: two(220),
      MAIL: two(250),
      RCPT: two(250),
      DATA: two(354),
      dot: two(250),
      QUIT: two(221),
      ...script,
    })
    const { lines } = await deliver(relay, toEach(2))
    assert.deepEqual(lines, [
      'user1: sent body 250 first second',
      'user2: sent body 250 first second',
    ])
    assert.equal(relay.mails.length, 2)
  })
}

function ok(step: string): string {
  return step === 'DATA' ? '354 go on' : '250 fine'
}

test('a relay that refuses everybody and still wants the mail gets a lone dot', async () => {
  const RCPT = ({ count }: { count: number }) => (count === 1 ? '550 5.1.1 nobody' : '250 ok')
  await using relay = await relayThat({ RCPT })
  const { lines } = await deliver(relay, toEach(2))
  assert.deepEqual(lines, [
    'user1: never rcpt 550 5.1.1 nobody',
    'user2: sent body 250 2.0.0 taken',
  ])
  assert.deepEqual(
    relay.mails.map(({ to, bytes }) => [to.length, bytes.length]),
    [
      [0, 0],
      [1, wanted.length],
    ],
  )
})

test('PIPELINING makes one round trip for each mail', async () => {
  await using relay = await relayThat()
  await deliver(relay, toEach(20))
  // EHLO, the first commands, twenty mails with what follows, QUIT.
  assert.ok(relay.chunks <= 24, `${relay.chunks} chunks`)
})

test('a mail is recorded as sent before the next one is let go', async () => {
  let taken = 0
  let settled = 0
  const inDoubt: number[] = []
  await using relay = await relayThat({
    dot() {
      taken++
      return '250 ok'
    },
    onBody: () => inDoubt.push(taken - settled),
  })
  await deliver(relay, toEach(20), { onSettled: () => settled++ })
  assert.equal(settled, 20)
  assert.deepEqual([...new Set(inDoubt)], [0])
})

test('LIMITS keep transactions small and connections short (RFC 9422)', async () => {
  await using relay = await relayThat({ offers: ['PIPELINING', 'LIMITS RCPTMAX=2 MAILMAX=2'] })
  const to = [1, 2, 3, 4, 5].map(person)
  const { lines, end } = await deliver(relay, [{ from: 'a@example.net', to, note: 1 }])
  assert.equal(lines.filter((line) => line.includes('sent')).length, 5)
  assert.deepEqual(
    relay.mails.map((mail) => mail.to.length),
    [2, 2, 1],
  )
  assert.equal(relay.connections, 2)
  assert.deepEqual(end, { emptied: true, trouble: undefined })
})

test('connections are added while there is work, up to the number allowed', async () => {
  const dot = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return '250 ok'
  }
  await using relay = await relayThat({ dot })
  const { lines } = await deliver({ port: relay.port, connections: 4 }, toEach(60))
  assert.equal(lines.length, 60)
  assert.equal(relay.mostAtOnce, 4)
})

test('one mail for one recipient makes one connection', async () => {
  await using relay = await relayThat()
  await deliver({ port: relay.port, connections: 10 }, toEach(1))
  assert.equal(relay.connections, 1)
})

test('an envelope that nobody gets is settled without a word', async () => {
  await using relay = await relayThat()
  const notes: number[] = []
  const envelopes = [{ from: '', to: [], note: 7 }, ...toEach(1)]
  await deliver(relay, envelopes, { onSettled: (note) => notes.push(note) })
  assert.deepEqual(notes, [7, 1])
  assert.equal(relay.mails.length, 1)
})
