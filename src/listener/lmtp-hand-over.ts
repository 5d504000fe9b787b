import { connect } from 'node:net'
import { Fault } from '../base/fault.ts'

const patienceMs = 8_000

/**
 * Hands one mail over through LMTP on loopback (RFC 2033), step by step.
 *
 * @param mail its text with CRLF line ends, no line of it a lone dot.
 * @throws Fault badMail when the server refuses it, busy when it does not answer in time.
 */
export async function handOver(
  port: number,
  from: string,
  to: string,
  mail: string,
): Promise<void> {
  const turns = [
    'LHLO client.example.org',
    `MAIL FROM:<${from}>`,
    `RCPT TO:<${to}>`,
    'DATA',
    `${mail}\r\n.`,
    'QUIT',
  ]
  const socket = connect(port, '127.0.0.1')
  const late = setTimeout(() => socket.destroy(new Fault('busy', 'no answer in time')), patienceMs)
  let heard = ''
  try {
    for await (const chunk of socket) {
      heard += String(chunk)
      const reply = /^(\d)\d\d [^\n]*\n$/m.exec(heard)
      if (reply === null) continue
      if (reply[1] === '4' || reply[1] === '5')
        throw new Fault('badMail', `it said ${heard.trim()}`)
      heard = ''
      const turn = turns.shift()
      if (turn === undefined) return
      socket.write(`${turn}\r\n`)
    }
  } finally {
    clearTimeout(late)
    socket.destroy()
  }
}
