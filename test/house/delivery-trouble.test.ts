import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../src/base/fault.ts'
import { smtpTransport } from '../../src/delivery/smtp.ts'
import type { Outcome } from '../../src/delivery/transport.ts'
import { wireMessage } from '../../src/delivery/wire.ts'
import {
  deliver,
  drop,
  endless,
  letter,
  person,
  quick,
  relayThat,
  type Said,
  type Script,
  ScriptedRelay,
  stall,
  toEach,
  trickle,
  within,
} from './_delivery-relay.ts'

const steps = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'dot'] as const
const pipelining: Script = {}
const stepwise: Script = { offers: [] }

/** Misbehaves at one step of the first connection, and is well afterwards. */
function onceAt(step: string, answer: string): Script {
  const fine = { greeting: '220 hello', DATA: '354 go on', EHLO: '250 hello' } as Record<
    string,
    string
  >
  return {
    [step]: ({ connection }: Said) => (connection === 1 ? answer : (fine[step] ?? '250 fine')),
  }
}

for (const [manner, script] of Object.entries({ pipelining, stepwise })) {
  for (const step of steps)
    for (const [what, answer] of Object.entries({
      drop,
      stall,
      endless,
      trickle,
      garbage: '*** hm',
    }))
      test(`${manner}: ${what} at ${step} leaves nobody unanswered and nobody twice`, async () => {
        await using relay = await relayThat({ ...script, [step]: answer })
        const { lines, end, left } = await deliver(relay, toEach(5), { deadlines: within(60) })
        assert.equal(end.emptied, false)
        assert.notEqual(end.trouble, undefined)
        assert.equal(lines.length + left, 5)
        for (const line of lines) assert.match(line, /: later (mail|rcpt|data|body) /)
        assert.equal(new Set(lines.map((line) => line.split(':')[0])).size, lines.length)
        if (step === 'greeting' || step === 'EHLO') assert.equal(left, 5)
        assert.ok(relay.connections <= 3, `${relay.connections} connections`)
      })

  for (const step of steps.slice(2, 5))
    test(`${manner}: a connection that drops at ${step} is replaced`, async () => {
      await using relay = await relayThat({ ...script, ...onceAt(step, drop) })
      const { lines, end } = await deliver(relay, toEach(3))
      assert.equal(lines.filter((line) => line.includes('sent')).length, 3)
      assert.equal(end.emptied, true)
      assert.equal(relay.mails.length, 3)
    })

  test(`${manner}: a mail whose reply never came waits, the others go on`, async () => {
    await using relay = await relayThat({ ...script, ...onceAt('dot', drop) })
    const { lines, end } = await deliver(relay, toEach(3))
    assert.deepEqual(lines.toSorted(), [
      'user1: later body the relay closed the connection',
      'user2: sent body 250 fine',
      'user3: sent body 250 fine',
    ])
    assert.deepEqual(end, { emptied: true, trouble: 'the relay closed the connection' })
  })

  for (const step of steps.slice(2))
    test(`${manner}: 421 at ${step} ends the connection and not the delivery`, async () => {
      await using relay = await relayThat({
        ...script,
        ...onceAt(step, `421 4.3.2 closing${drop}`),
      })
      const { lines, end } = await deliver(relay, toEach(3))
      const later = lines.filter((line) => line.includes('later body 421 4.3.2 closing'))
      assert.equal(later.length, step === 'dot' ? 1 : 0)
      assert.equal(relay.mails.length, 3 - later.length)
      assert.equal(lines.length, 3)
      assert.deepEqual(end, { emptied: true, trouble: '421 4.3.2 closing' })
    })
}

test('a relay that ends each connection after two mails still takes all of them', async () => {
  const MAIL = ({ count }: Said) => (count > 2 ? `421 4.7.0 enough${drop}` : '250 ok')
  await using relay = await relayThat({ MAIL })
  const { lines } = await deliver(relay, toEach(9))
  assert.equal(lines.filter((line) => line.includes('sent')).length, 9)
  assert.equal(relay.connections, 5)
})

test('nothing is taken out of the source when the relay is not there', async () => {
  const gone = await relayThat()
  const { port } = gone
  await gone[Symbol.asyncDispose]()
  for (const host of ['127.0.0.1', 'localhost']) {
    const { end, left } = await deliver({ host, port }, toEach(3))
    assert.equal(left, 3)
    assert.equal(end.emptied, false)
    assert.match(end.trouble ?? '', /ECONNREFUSED/)
  }
})

for (const greeting of ['554 5.7.1 go away', '421 4.3.2 later', '450 busy'])
  test(`nothing is taken out of the source when the greeting is ${greeting}`, async () => {
    await using relay = await relayThat({ greeting })
    const { end, left } = await deliver(relay, toEach(3))
    assert.deepEqual(end, { emptied: false, trouble: greeting })
    assert.equal(left, 3)
    assert.equal(relay.connections, 1)
  })

test('a relay that refuses EHLO for now is asked with HELO on the next connection', async () => {
  await using relay = await relayThat({ EHLO: '451 4.3.0 hm' })
  const { lines } = await deliver(relay, toEach(2))
  assert.equal(lines.filter((line) => line.includes('sent')).length, 2)
  assert.deepEqual(relay.commands.slice(0, 3), [
    'EHLO lists.example.net',
    'QUIT',
    'HELO lists.example.net',
  ])
})

test('a relay that refuses EHLO and HELO gets nothing', async () => {
  await using relay = await relayThat({ EHLO: '500 what', HELO: '500 what' })
  const { end, left } = await deliver(relay, toEach(2))
  assert.deepEqual(end, { emptied: false, trouble: '500 what' })
  assert.equal(left, 2)
})

test('a relay that lets in one connection only gets everything over that one', async () => {
  const greeting = ({ connection }: Said) => (connection > 1 ? '421 4.7.0 too many' : '220 hello')
  await using relay = await relayThat({ greeting })
  const { lines, end } = await deliver({ port: relay.port, connections: 8 }, toEach(30))
  assert.equal(lines.filter((line) => line.includes('sent')).length, 30)
  assert.equal(end.emptied, true)
  assert.ok(relay.connections <= 8)
})

test('a connection that never gets its greeting does not hold up the others', async () => {
  const greeting = ({ connection }: Said) => (connection > 1 ? stall : '220 hello')
  await using relay = await relayThat({ greeting })
  const { lines, end } = await deliver({ port: relay.port, connections: 4 }, toEach(30))
  assert.equal(lines.filter((line) => line.includes('sent')).length, 30)
  assert.deepEqual(end, { emptied: true, trouble: undefined })
})

test('a reply that nobody asked for ends the connection', async () => {
  await using relay = await relayThat({ EHLO: '250 hello\r\n250 and more', offers: [] })
  const { end, lines } = await deliver(relay, toEach(2))
  assert.match(end.trouble ?? '', /without being asked/)
  assert.deepEqual(
    lines.filter((line) => line.includes('sent')),
    [],
  )
})

test('an answer to DATA that is no answer ends the connection', async () => {
  await using relay = await relayThat({ DATA: '250 fine' })
  const { end, lines } = await deliver(relay, toEach(2))
  assert.match(end.trouble ?? '', /250 fine to DATA/)
  assert.deepEqual(
    lines.filter((line) => line.includes('sent')),
    [],
  )
})

test('a relay that still waits after the final dot is left', async () => {
  await using relay = await relayThat(onceAt('dot', '354 go on'))
  const { lines, end } = await deliver(relay, toEach(2))
  assert.match(lines[0] ?? '', /^user1: later body the relay answered 354 go on to the end/)
  assert.equal(lines[1], 'user2: sent body 250 fine')
  assert.equal(end.emptied, true)
})

test('nobody gets an empty mail when the sender is refused and the recipient is not', async () => {
  await using relay = await relayThat({ MAIL: '550 5.7.1 no', forgetful: true })
  const { lines } = await deliver(relay, toEach(1))
  assert.deepEqual(lines, ['user1: later mail 550 5.7.1 no'])
  assert.deepEqual(relay.mails, [])
})

const large = Buffer.concat([letter, Buffer.alloc(71 * 352_000, 'x'.repeat(70) + '\n')])

test('a slow reader gets a mail of 25 MB', async () => {
  await using relay = await relayThat({ slow: 1 })
  const { lines } = await deliver(relay, toEach(1), { mail: large })
  assert.deepEqual(lines, ['user1: sent body 250 2.0.0 taken'])
  assert.deepEqual(relay.mails[0]?.bytes, Buffer.from(large.toString().replaceAll('\n', '\r\n')))
})

test('a reader that stops in the middle of a mail is left', async () => {
  await using relay = await relayThat({ slow: 60_000 })
  const { lines, end } = await deliver(relay, toEach(2), {
    mail: large,
    deadlines: { ...quick, block: 100, mail: 100, rcpt: 100, hello: 100 },
  })
  assert.equal(end.emptied, false)
  assert.equal(lines.filter((line) => line.includes('sent')).length, 0)
})

test('an early refusal of a large mail is heard, an early 250 is not believed', async () => {
  for (const [early, outcome] of [
    ['552 5.3.4 too large', 'user1: never body 552 5.3.4 too large'],
    ['250 thanks', 'user1: later body the relay said "250 thanks" before the mail was complete'],
  ] as const) {
    let said = false
    await using relay = await relayThat({
      slow: 1,
      onBody(say) {
        if (!said) say(early)
        said = true
      },
    })
    const { lines } = await deliver(relay, toEach(1), { mail: large })
    assert.deepEqual(lines, [outcome])
  }
})

test('the signal ends a delivery soon and answers for whoever was taken', async () => {
  const stopping = new AbortController()
  await using relay = await relayThat({
    dot({ count }) {
      if (count === 3) setImmediate(() => stopping.abort())
      return count === 3 ? stall : '250 ok'
    },
  })
  const { signal } = stopping
  const { lines, left, end } = await deliver(relay, toEach(9), { signal })
  assert.equal(end.emptied, false)
  assert.equal(lines.filter((line) => line.includes('sent')).length, 2)
  assert.equal(lines.length + left, 9)
})

test('a signal that was there before leaves everything alone', async () => {
  await using relay = await relayThat()
  const { left } = await deliver(relay, toEach(3), { signal: AbortSignal.abort() })
  assert.equal(left, 3)
  assert.equal(relay.connections, 0)
})

test('a fault of the source passes through after the mails on their way', async () => {
  await using relay = await relayThat()
  const settled: number[] = []
  let given = 0
  const source = {
    async next() {
      await new Promise(setImmediate)
      if (++given === 4) throw new Fault('spoolTrouble', 'the disk is gone')
      return { from: '', to: [person(given)], note: given }
    },
    settled: ({ note }: { note: number }) => void settled.push(note),
  }
  const to = { host: '127.0.0.1', port: relay.port, helo: 'lists.example.net', connections: 2 }
  await assert.rejects(
    smtpTransport({ deadlines: quick }).deliver(to, wireMessage(letter), source),
    /the disk is gone/,
  )
  assert.deepEqual(settled.toSorted(), [1, 2, 3])
})

test('a source that breaks its promise and throws when told does not hold a connection', async () => {
  await using relay = await relayThat()
  const onSettled = () => {
    throw new Fault('bug', 'this must not happen')
  }
  await assert.rejects(deliver(relay, toEach(3), { onSettled }), /must not happen/)
})

test('a relay that closes while the next envelope is looked for gets the mail on a new connection', async () => {
  const DATA = ({ connection }: Said) => `354 go on${connection === 1 ? drop : ''}`
  await using relay = await relayThat({ DATA })
  let given = 0
  const results: string[] = []
  const source = {
    async next() {
      if (given === 1) await new Promise((resolve) => setTimeout(resolve, 30))
      return ++given > 2 ? undefined : { from: '', to: [person(given)], note: given }
    },
    settled: (_: unknown, outcomes: readonly Outcome[]) =>
      void results.push(...outcomes.map(({ result }) => result)),
  }
  const to = { host: '127.0.0.1', port: relay.port, helo: 'lists.example.net', connections: 1 }
  await smtpTransport({ deadlines: quick }).deliver(to, wireMessage(letter), source)
  assert.deepEqual(results, ['sent', 'sent'])
})

test('IPv6 and names are understood', async (t) => {
  const relay = new ScriptedRelay({})
  try {
    await relay.listen('::1')
  } catch {
    return t.skip('this machine has no IPv6')
  }
  await using listening = relay
  for (const host of ['::1', '[::1]', 'localhost']) {
    const { lines } = await deliver({ host, port: listening.port }, toEach(1))
    assert.equal(lines.length, host === 'localhost' ? lines.length : 1)
  }
})
