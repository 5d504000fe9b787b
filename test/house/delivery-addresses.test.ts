import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesFromText } from '../../src/base/bytes.ts'
import { probe } from '../../src/delivery/probe.ts'
import { parseAddress } from '../../src/message/address.ts'
import { deadPort } from '../_sink.ts'
import { until } from '../_until.ts'
import { deliver, letter, person, quick, relayThat, toEach } from './_delivery-relay.ts'

const address = (text: string) => parseAddress(bytesFromText(text))
const mixed = ['ann@example.org', 'joe@exämple.org', 'jörg@example.org'].map(address)
const group = { from: 'talk+bounces-1@lists.example.net', to: mixed, note: 1 }

test('a relay without SMTPUTF8 gets whom it can understand', async () => {
  await using relay = await relayThat()
  const { lines } = await deliver(relay, [group])
  assert.deepEqual(relay.mails[0]?.to, ['<ann@example.org>', '<joe@xn--exmple-cua.org>'])
  assert.match(lines[2] ?? '', /: never rcpt 5\.6\.7 /)
  assert.equal(lines.length, 3)
})

test('a relay with SMTPUTF8 gets everybody as they are', async () => {
  await using relay = await relayThat({ offers: ['PIPELINING', 'SMTPUTF8'] })
  await deliver(relay, [group, ...toEach(1)])
  assert.deepEqual(
    relay.mails[0]?.to,
    mixed.map((to) => `<${to}>`),
  )
  assert.match(relay.mails[0]?.from ?? '', / SMTPUTF8$/)
  assert.doesNotMatch(relay.mails[1]?.from ?? '', /SMTPUTF8/)
})

test('a mail larger than the relay takes is refused here and not sent', async () => {
  await using relay = await relayThat({ offers: ['PIPELINING', 'SIZE 20'] })
  const { lines, end } = await deliver(relay, toEach(2))
  assert.match(lines[0] ?? '', /^user1: never mail 5\.3\.4 /)
  assert.equal(lines.length, 2)
  assert.deepEqual(relay.commands, ['EHLO lists.example.net', 'QUIT'])
  assert.equal(end.emptied, true)
})

test('any bytes arrive as the lines that were stored', async () => {
  await using relay = await relayThat({ offers: ['PIPELINING', '8BITMIME'] })
  const line = fc.string({ unit: fc.constantFrom('.', 'a', '\xfc', '\0', '\t'), maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 9 }), async (lines) => {
      const mail = Buffer.from(`${lines.join('\n')}\n`, 'latin1')
      await deliver(relay, toEach(2), { mail })
      for (const { bytes } of relay.mails.splice(0))
        assert.equal(bytes.toString('latin1'), `${lines.join('\r\n')}\r\n`)
    }),
    { numRuns: 25 },
  )
})

test('probe() tells whether a relay takes a sender with parameters, and sends nothing', async () => {
  const MAIL = ({ line }: { line: string }) => (/XVERP/.test(line) ? '555 5.5.4 what' : '250 ok')
  await using relay = await relayThat({ MAIL })
  const to = { host: '127.0.0.1', port: relay.port, helo: 'lists.example.net', connections: 1 }
  const options = { deadlines: quick }
  const refused = await probe(to, 'talk+bounces-1@lists.example.net', 'XVERP=-=', options)
  assert.deepEqual([refused.accepted, refused.reply], [false, '555 5.5.4 what'])
  assert.equal(refused.offers?.xverp, false)
  const taken = await probe(to, 'talk+bounces-1@lists.example.net', '', options)
  assert.deepEqual([taken.accepted, taken.reply], [true, '250 ok'])
  assert.deepEqual(relay.mails, [])
  const nobody = await probe({ ...to, port: await deadPort() }, '', '', options)
  assert.equal(nobody.accepted, false)
  assert.equal(nobody.offers, undefined)
})

const sink = ['/usr/sbin/smtp-sink', '/usr/bin/smtp-sink'].find(existsSync)

test("Postfix's smtp-sink takes 500 mails", { skip: sink ? false : 'no smtp-sink' }, async () => {
  const port = await deadPort()
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(sink ?? '', [...user, `127.0.0.1:${port}`, '100'], { stdio: 'ignore' })
  try {
    await until(() => answers(port))
    const { lines, end } = await deliver({ port, connections: 4 }, toEach(500), { mail: letter })
    assert.equal(lines.filter((line) => / sent body 250 /.test(line)).length, 500)
    assert.deepEqual(end, { emptied: true, trouble: undefined })
    assert.ok(lines.some((line) => line.startsWith(person(500).slice(0, 7))))
  } finally {
    child.kill()
  }
})

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => resolve(true)).once('error', () => resolve(false))
    socket.once('data', () => socket.destroy())
  })
}
