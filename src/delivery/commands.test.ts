import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesFromText } from '../base/bytes.ts'
import { parseAddress } from '../message/address.ts'
import { mailLine, rcptLine } from './_commands.ts'
import { offersIn } from './_offers.ts'
import { wireMessage } from './wire.ts'

const all = offersIn(['hi', 'SIZE 100', '8BITMIME', 'SMTPUTF8', 'XVERP'])
const none = offersIn([])
const address = (text: string) => parseAddress(bytesFromText(text))
const ann = address('ann@example.org')
const mail = (text: string) => wireMessage(Buffer.from(text))
const plain = mail('A: b\n\nc\n')

test('MAIL says what is offered and needed, and nothing else', () => {
  const envelope = { from: 'a@example.net', to: [ann], note: 0 }
  const line = (message = plain, offers = all) => mailLine(envelope, message, offers)
  assert.deepEqual(line(), { line: 'MAIL FROM:<a@example.net> SIZE=11\r\n' })
  assert.deepEqual(line(plain, none), { line: 'MAIL FROM:<a@example.net>\r\n' })
  assert.deepEqual(line(mail('A: b\n\nü\n')), {
    line: 'MAIL FROM:<a@example.net> SIZE=12 BODY=8BITMIME\r\n',
  })
  assert.deepEqual(line(mail('A: ü\n\nc\n')), {
    line: 'MAIL FROM:<a@example.net> SIZE=12 BODY=8BITMIME\r\n',
  })
  assert.deepEqual(line(mail('A: ü\n\nc\n'), none), { line: 'MAIL FROM:<a@example.net>\r\n' })
})

test('the envelope adds its own parameters and the size of its own line', () => {
  const envelope = { from: '', to: [ann], headerLine: 'To: x', parameters: ' XVERP=-=', note: 0 }
  assert.deepEqual(mailLine(envelope, plain, all), { line: 'MAIL FROM:<> SIZE=18 XVERP=-=\r\n' })
})

test('a mail larger than the relay takes is not offered', () => {
  const envelope = { from: '', to: [ann], note: 0 }
  assert.deepEqual(mailLine(envelope, mail('x'.repeat(99)), all), {
    refused: '5.3.4 the mail has 101 bytes, the relay takes 100',
  })
})

test('an address that is not ASCII needs SMTPUTF8, or an ASCII form of its domain', () => {
  const from = 'a@example.net'
  const to = [ann, address('jörg@exämple.org')]
  assert.deepEqual(mailLine({ from, to, note: 0 }, plain, all), {
    line: 'MAIL FROM:<a@example.net> SIZE=11 SMTPUTF8\r\n',
  })
  assert.deepEqual(rcptLine(address('jörg@exämple.org'), all), {
    line: `RCPT TO:<${bytesFromText('jörg@exämple.org')}>\r\n`,
  })
  assert.deepEqual(rcptLine(address('joe@exämple.org'), none), {
    line: 'RCPT TO:<joe@xn--exmple-cua.org>\r\n',
  })
  for (const bad of ['jörg@example.org', 'joe@ex\u0080mple.org'])
    assert.match(JSON.stringify(rcptLine(address(bad), none)), /"refused":"5\.6\.7 /)
  assert.match(
    JSON.stringify(mailLine({ from: address('jörg@example.org'), to: [], note: 0 }, plain, none)),
    /"refused":"5\.6\.7 /,
  )
})

test('no line end of a caller becomes a command', () => {
  const refused = { refused: '5.5.4 the envelope holds what no command may hold' }
  for (const envelope of [
    { from: 'a@example.net>\r\nRSET\r\n', to: [], note: 0 },
    { from: 'a> X=<@example.net', to: [], note: 0 },
    { from: '', parameters: 'X\r\nRSET', to: [], note: 0 },
    { from: '', headerLine: 'To: x\r\n\r\n.', to: [], note: 0 },
  ])
    assert.deepEqual(mailLine(envelope, plain, all), refused)
})
