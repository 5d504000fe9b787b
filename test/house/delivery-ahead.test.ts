import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { pause } from '../_until.ts'
import { deliver, toEach } from './_delivery-relay.ts'

/**
 * A relay that answers in two packets, as Postfix does when what it reads at once ends among the
 * commands behind a mail.
 *
 * @param ms so much later is the second packet
 * @param split the last command that is answered in the first one; `.` for the end of the mail.
 */
async function relayWithLateAnswers(ms: number, split: string) {
  /** Of each mail: whether commands came together with its end. */
  const together: boolean[] = []
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.write('220 relay.example.net\r\n')
    let heard = ''
    socket.on('data', (chunk) => {
      heard += String(chunk)
      void answer()
    })
    let inMail = false
    let behind = false
    let busy = false
    const answer = async () => {
      if (busy) return
      busy = true
      for (;;) {
        const mark = inMail ? '\r\n.\r\n' : '\r\n'
        const at = heard.indexOf(mark)
        if (at < 0) break
        const line = heard.slice(0, at)
        heard = heard.slice(at + mark.length)
        if (inMail) {
          inMail = false
          behind = heard !== ''
          together.push(behind)
          socket.write('250 2.0.0 taken\r\n')
          if (behind && ms > 0 && split === '.') await pause(ms)
        } else if (line.startsWith('EHLO')) {
          socket.write('250-relay.example.net\r\n250 PIPELINING\r\n')
        } else if (line === 'DATA') {
          inMail = true
          socket.write('354 go on\r\n')
        } else {
          socket.write(line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
          if (behind && ms > 0 && line.startsWith(split)) await pause(ms)
        }
      }
      busy = false
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    together,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

test('commands leave with the end of a mail as long as their answers come soon', async () => {
  await using relay = await relayWithLateAnswers(0, '.')
  const { lines } = await deliver({ port: relay.port, connections: 1 }, toEach(8))
  assert.equal(lines.filter((line) => line.includes(' sent body 250 ')).length, 8)
  assert.deepEqual(relay.together, [true, true, true, true, true, true, true, false])
})

for (const split of ['.', 'MAIL'])
  test(`where answers behind ${split} are held back each time, commands wait`, async () => {
    await using relay = await relayWithLateAnswers(45, split)
    const { lines } = await deliver({ port: relay.port, connections: 1 }, toEach(8))
    assert.equal(lines.filter((line) => line.includes(' sent body 250 ')).length, 8)
    assert.deepEqual(relay.together.slice(0, 3), [true, true, true])
    assert.deepEqual(relay.together.slice(4), [false, false, false, false])
  })
