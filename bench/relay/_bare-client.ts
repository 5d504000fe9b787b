import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { addresses, type Rival } from '../_senders.ts'

export interface BareSending {
  readonly recipients: number
  readonly sessions: number
  /** The mail, with CRLF, no line of it beginning with a dot. */
  readonly mail: string
  /** A sender for each recipient, as VERP has it; otherwise all mails have one. */
  readonly verp: boolean
}

/**
 * The least that a client can do: it sends the same bytes to one recipient after the other, the commands
 * for the next together with the end of a mail, and keeps no record. What it reaches no client surpasses.
 */
export function bareClient(port: number, of: BareSending): Rival {
  const { recipients, sessions, verp } = of
  return {
    name: `a bare client, ${sessions} session${sessions === 1 ? '' : 's'}, ${verp ? 'a sender each' : 'one sender'}`,
    recipients,
    mails: recipients,
    async run() {
      const who = addresses(recipients)
      const began = performance.now()
      await Promise.all(Array.from({ length: sessions }, () => session(port, of, who)))
      return { ms: performance.now() - began, mb: 0 }
    },
  }
}

async function session(
  port: number,
  { mail, verp }: BareSending,
  who: Iterator<string>,
): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const hears = repliesOf(socket)
  await hears('220')
  socket.write('EHLO client.example.org\r\n')
  await hears('250')
  let next = who.next()
  if (next.done !== true) socket.write(commands(next.value, verp))
  while (next.done !== true) {
    for (const code of ['250', '250', '354']) await hears(code)
    next = who.next()
    socket.write(`${mail}\r\n.\r\n${next.done === true ? '' : commands(next.value, verp)}`)
    await hears('250')
  }
  socket.end('QUIT\r\n')
  await hears('221')
}

function commands(to: string, verp: boolean): string {
  const tag = verp ? `-${to.replace('@', '=')}` : ''
  return `MAIL FROM:<talk+bounces-1${tag}@example.org>\r\nRCPT TO:<${to}>\r\nDATA\r\n`
}

/** Answers with what waits for the next reply. It must have the code. */
function repliesOf(socket: Socket): (code: string) => Promise<void> {
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  return async (code) => {
    for (;;) {
      const { value = '', done } = await lines.next()
      if (done === true || !value.startsWith(code))
        throw new Error(`heard ${JSON.stringify(value)}`)
      if (value[3] !== '-') return
    }
  }
}
