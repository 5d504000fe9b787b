import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { ListRecipient } from '../../flows/find-recipient.ts'
import { reply, type Reply } from './_reply.ts'
import { Session, type Line, type Office } from './_session.ts'

interface Setup {
  readonly protocol?: 'lmtp' | 'smtp'
  readonly take?: Office['take']
  readonly judge?: Office['judge']
}

/** A session without a socket: what it says, and what it took. */
class Talk implements Line {
  isChoked = false
  isHungUp = false
  listens = true
  readonly mails: { to: number; sender: string; text: string }[] = []
  readonly session: Session
  #said = ''

  constructor({ protocol = 'lmtp', take, judge }: Setup = {}) {
    this.session = new Session(
      {
        protocol,
        mostBytes: 1_000_000,
        judge: judge ?? ((address) => Promise.resolve({ listDir: address, extension: '' })),
        take: take ?? ((...args) => this.#take(...args)),
      },
      this,
    )
  }

  async #take(
    recipients: readonly ListRecipient[],
    sender: string,
    mail: AsyncIterable<Uint8Array>,
  ): Promise<readonly Reply[]> {
    let text = ''
    for await (const chunk of mail) text += Buffer.from(chunk).toString('latin1')
    this.mails.push({ to: recipients.length, sender, text })
    return recipients.map(({ listDir }) =>
      listDir.startsWith('full')
        ? reply(452, '4.3.1 full')
        : listDir.startsWith('never')
          ? reply(550, '5.7.1 never')
          : reply(250, '2.6.0 stored'),
    )
  }

  say(replies: string): void {
    this.#said += replies
  }

  hangUp(): void {
    this.isHungUp = true
  }

  listen(may: boolean): void {
    this.listens = may
  }

  /** Sends, and answers with the codes of what was said since. */
  async codes(text: string): Promise<string> {
    return (await this.replies(text)).map((line) => line.slice(0, 3)).join(' ')
  }

  async replies(text: string): Promise<string[]> {
    this.session.take(Buffer.from(text, 'latin1'))
    const turns = 5 + text.length / 64
    for (let n = 0; n < turns; n++) await turn()
    return this.now()
  }

  /** The replies that have come since. */
  now(): string[] {
    const lines = this.#said.split('\r\n').slice(0, -1)
    this.#said = ''
    return lines.filter((line) => line[3] !== '-')
  }
}

const begin = 'MAIL FROM:<ann@example.org>\r\nRCPT TO:<talk@example.org>\r\n'

test('each dialect has its own greeting, and its own answers behind a mail', async () => {
  const lmtp = new Talk()
  assert.equal(await lmtp.codes('HELO x\r\nEHLO x\r\nLHLO\r\nLHLO x\r\n'), '220 500 500 501 250')
  const twice = `${begin}RCPT TO:<full@example.org>\r\nDATA\r\nhi\r\n.\r\n`
  assert.equal(await lmtp.codes(twice), '250 250 250 354 250 452')
  const both = `${begin.replace('talk', 'never')}RCPT TO:<full@example.org>\r\nDATA\r\nhi\r\n.\r\n`
  const smtp = new Talk({ protocol: 'smtp' })
  assert.equal(await smtp.codes('LHLO x\r\nHELO x\r\nEHLO x\r\n'), '220 500 250 250')
  assert.equal(await smtp.codes(twice), '250 250 250 354 452')
  assert.equal(await smtp.codes(`${begin}DATA\r\nhi\r\n.\r\n`), '250 250 354 250')
  assert.equal(await smtp.codes(both), '250 250 250 354 452', 'what may succeed later counts')
  assert.deepEqual(smtp.mails[1], { to: 1, sender: 'ann@example.org', text: 'hi\r\n' })
})

test('commands in a wrong order are refused, and nothing is kept of them', async () => {
  const talk = new Talk()
  assert.equal(await talk.codes(`${begin}DATA\r\n`), '220 503 503 503')
  assert.equal(await talk.codes('LHLO x\r\nDATA\r\nMAIL FROM:<a@b>\r\nDATA\r\n'), '250 503 250 503')
  assert.equal(await talk.codes('MAIL FROM:<a@b>\r\nRSET\r\nRCPT TO:<c@d>\r\n'), '503 250 503')
  assert.equal(await talk.codes(`${begin}LHLO x\r\nDATA\r\nDATA 1\r\n`), '250 250 250 503 503')
  assert.equal(
    await talk.codes(`${begin}DATA 1\r\nNOOP\r\nVRFY x\r\nQUIT\r\nNOOP\r\n`),
    '250 250 501 250 252 221',
  )
  assert.ok(talk.isHungUp)
  assert.equal(await talk.codes('NOOP\r\n'), '')
})

test('a client that is no mail client is hung up on', async () => {
  const strange = new Talk()
  assert.equal(await strange.codes('WHAT\r\n'.repeat(20)), `220${' 500'.repeat(10)} 421`)
  assert.ok(strange.isHungUp)
  for (const lines of [
    'POST / HTTP/1.1',
    'GET /x?y HTTP/1.0',
    'CONNECT a:25 HTTP/2',
    'POST /with blanks in it HTTP/1.1',
    'NOOP / HTTP/1.1',
    'POST /a\rb HTTP/1.1',
    'host: 127.0.0.1:8024',
  ]) {
    const browser = new Talk()
    assert.equal(await browser.codes(`${lines}\r\n\r\nLHLO x\r\n${begin}`), '220 421', lines)
    assert.ok(browser.isHungUp)
  }
  const long = new Talk()
  assert.equal(
    await long.codes(`POST /${'x'.repeat(5_000)} HTTP/1.1\r\n\r\nLHLO x\r\n${begin}`),
    '220 500',
  )
  assert.ok(long.isHungUp)
})

test('who sends thousands of commands together leaves the others their turns', async () => {
  const talk = new Talk()
  talk.session.take(Buffer.from('LHLO x\r\n'.repeat(4_000)))
  let turns = 0
  for (let heard = 0; heard < 4_000; turns++) {
    await turn()
    heard += talk.now().filter((line) => line.startsWith('250')).length
  }
  assert.ok(turns > 30, `${turns} turns`)
})

test('a mail has a thousand recipients at the most', async () => {
  const talk = new Talk()
  const heard = await talk.codes(
    `LHLO x\r\nMAIL FROM:<>\r\n${'RCPT TO:<talk@example.org>\r\n'.repeat(999)}`,
  )
  assert.equal(heard, `220 250 250${' 250'.repeat(999)}`)
  const rest = await talk.codes('RCPT TO:<talk@example.org>\r\n'.repeat(3) + 'DATA\r\nx\r\n.\r\n')
  assert.equal(rest, `250 452 452 354${' 250'.repeat(1_000)}`)
})

test('what a client said makes no line of a reply', async () => {
  const talk = new Talk({
    judge: (address) => Promise.resolve(reply(550, `5.1.1 no ${address}\r\n250 x`)),
  })
  const [, , , refusal] = await talk.replies(
    'LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<"\x01\xff"@example.org>\r\n\r\n',
  )
  assert.ok(refusal?.startsWith('501 '), refusal)
  const [answer] = await talk.replies('RCPT TO:<\xff@example.org>\r\n')
  assert.equal(answer?.replace(/^500.*/, ''), '550 5.1.1 no ?@example.org?250 x')
})

test('replies wait while nobody reads them, and so do the commands behind', async () => {
  const talk = new Talk()
  await talk.codes('LHLO x\r\n')
  talk.isChoked = true
  assert.equal(await talk.codes('NOOP\r\n'.repeat(20_000)), '')
  assert.equal(talk.listens, false)
  assert.ok(talk.session.owesInput, 'a client that does not read is slow')
  talk.isChoked = false
  talk.session.proceed()
  for (let n = 0; n < 500; n++) await turn()
  assert.equal(talk.now().length, 20_000)
  assert.equal(talk.listens, true)
})

test('a mail waits for who stores it, and for nobody when it was given up', async () => {
  let read: (() => void) | undefined
  const slow = new Talk({
    take: async (recipients, _, mail) => {
      await new Promise<void>((resolve) => (read = resolve))
      for await (const chunk of mail) assert.ok(chunk.length > 0)
      return recipients.map(() => reply(250, '2.6.0 stored'))
    },
  })
  const large = `${'x'.repeat(998)}\r\n`.repeat(60)
  assert.equal(await slow.codes(`LHLO x\r\n${begin}DATA\r\n`), '220 250 250 250 354')
  for (let n = 0; n < 8; n++) await slow.codes(large)
  assert.deepEqual([slow.listens, slow.session.owesInput], [false, false])
  read?.()
  assert.equal(await slow.codes('.\r\nNOOP\r\n'), '250 250')
  assert.equal(slow.listens, true)

  const unread = new Talk({ take: (to) => Promise.resolve(to.map(() => reply(451, '4.3.0 no'))) })
  await unread.codes(`LHLO x\r\n${begin}DATA\r\n`)
  for (let n = 0; n < 20; n++) await unread.codes(large)
  assert.equal(unread.listens, true)
  assert.equal(await unread.codes('.\r\nNOOP\r\n'), '451 250')
})

test('what goes wrong inside is an answer that is tried again', async () => {
  const broken = new Talk({
    take: () => Promise.reject(new Error('broken')),
    judge: (address) =>
      address === 'bad@example.org'
        ? Promise.reject(new Error('broken'))
        : Promise.resolve({ listDir: 'x', extension: '' }),
  })
  const heard = await broken.codes(
    `LHLO x\r\n${begin}RCPT TO:<bad@example.org>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n`,
  )
  assert.equal(heard, '220 250 250 250 451 354 451 250')
})
