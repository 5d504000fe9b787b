import { asFault, Fault } from '../../base/fault.ts'
import type { ListRecipient } from '../../flows/find-recipient.ts'
import { readMail, readRcpt } from './_envelope.ts'
import { Input, tooLong } from './_input.ts'
import { MailContent } from './_mail-content.ts'
import { isForNow, isRefusal, reply, replyOf, type Reply } from './_reply.ts'

/** What sessions ask of the server that they belong to. */
export interface Office {
  readonly protocol: 'lmtp' | 'smtp'
  readonly mostBytes: number
  /** The list of an envelope recipient (a byte string), or why it is refused. */
  judge(address: string): Promise<ListRecipient | Reply>
  /** Takes a mail; one answer for each recipient. */
  take(
    recipients: readonly ListRecipient[],
    sender: string,
    mail: AsyncIterable<Uint8Array>,
  ): Promise<readonly Reply[]>
}

/** The client's end of a session. */
export interface Line {
  /** Whether more replies should wait until the client has read some; then `proceed` is called. */
  readonly isChoked: boolean
  /** Sends whole replies. */
  say(replies: string): void
  /** Sends what it was given, and hangs up. */
  hangUp(): void
  /** Whether the client may go on sending. */
  listen(may: boolean): void
}

interface Transaction {
  readonly sender: string
  readonly recipients: ListRecipient[]
}

interface Mail {
  readonly content: MailContent
  readonly answers: Promise<readonly Reply[]>
  bytes: number
}

const serverName = 'mlmmj-ts'
const mostRecipients = 1_000
/** Commands nobody knows, until it is clear that the client is no mail client. */
const mostStrange = 10
/** What waits for its turn (bytes). */
const mostWaiting = 65_536
/** Commands that are worked at in one go: whoever sends thousands shall not stop everybody else. */
const inOneGo = 64
/** A browser, or any client of HTTP, can be made to send such lines with commands behind them. */
const http = /^(?:\S+ .*HTTP\/\d(?:\.\d)?|host:.*)$/is
const offers = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES']

/**
 * One client's conversation, in LMTP (RFC 2033) or SMTP (RFC 5321): commands in, replies out, one
 * after the other. A client may send them together, the next mail behind the one before (RFC 2920).
 */
export class Session {
  readonly #office: Office
  readonly #line: Line
  readonly #input = new Input()
  #isGreeted = false
  #transaction: Transaction | undefined
  #mail: Mail | undefined
  /** A command is being worked at. */
  #isBusy = false
  #strange = 0
  #replies = ''
  #isStopping = false
  #isLast = false
  #isOver = false

  constructor(office: Office, line: Line) {
    this.#office = office
    this.#line = line
    this.#replies = `220 ${serverName} ${office.protocol === 'lmtp' ? 'LMTP' : 'ESMTP'}\r\n`
    this.proceed()
  }

  /** Whether we wait for the client, not the client for us. */
  get owesInput(): boolean {
    return !this.#isBusy && this.#mail?.content.isFull !== true
  }

  take(chunk: Buffer): void {
    if (this.#isOver) return
    this.#input.add(chunk)
    this.proceed()
  }

  /** The client sends no more; it may still wait for replies. */
  end(): void {
    this.#isLast = true
    this.proceed()
  }

  /** The client is gone. */
  lose(): void {
    this.#isOver = true
    this.#mail?.content.fail(new Fault('badMail', 'the client hung up within its mail'))
  }

  /** Ends it, when nothing is lost by that: now, or behind the mail that is coming in. */
  stop(): void {
    this.#isStopping = true
    this.proceed()
  }

  /** The client takes too long. */
  expire(): void {
    if (!this.#isOver) this.#finish(reply(421, '4.4.2 this takes too long'))
  }

  /** Does what can be done with what has come. */
  proceed(): void {
    for (let done = 0; !this.#isBusy && !this.#isOver && !this.#line.isChoked; done++) {
      if (done === inOneGo) this.#wait(new Promise((resolve) => setImmediate(resolve)))
      else if (this.#isStopping && this.#mail === undefined)
        this.#finish(reply(421, '4.3.2 the service is being stopped'))
      else if (!(this.#mail === undefined ? this.#nextCommand() : this.#moreOf(this.#mail))) break
    }
    if (this.#isOver) return
    this.#flush()
    if (this.#isLast && this.owesInput && !this.#line.isChoked) this.#hangUp()
    else this.#line.listen(this.#input.length < mostWaiting)
  }

  #flush(): void {
    const replies = this.#replies
    this.#replies = ''
    if (replies !== '') this.#line.say(replies)
  }

  /** The last reply of all. */
  #finish(last: Reply): void {
    this.#say(last)
    this.#flush()
    this.#hangUp()
  }

  #hangUp(): void {
    this.lose()
    this.#line.hangUp()
  }

  #say(answer: Reply): void {
    this.#replies += `${answer}\r\n`
  }

  /** Later commands wait until this is done. */
  #wait(work: Promise<void>): void {
    this.#isBusy = true
    void work
      .catch((thrown: unknown) => this.#say(replyOf(asFault(thrown))))
      .then(() => {
        this.#isBusy = false
        this.proceed()
      })
  }

  /** @returns false when there is none yet */
  #nextCommand(): boolean {
    const line = this.#input.line()
    if (line === undefined) return false
    // No mail client does that.
    if (line === tooLong) this.#finish(reply(500, '5.5.2 the line is too long'))
    else if (http.test(line)) this.#finish(reply(421, '4.7.0 this is no web server'))
    else {
      const [verb = ''] = line.split(' ', 1)
      const deed = this.#verbs.get(verb.toUpperCase()) ?? (() => this.#strangeVerb())
      deed(line)
    }
    return true
  }

  readonly #verbs = new Map<string, (line: string) => void>([
    ['LHLO', (line) => this.#hello(line, this.#office.protocol === 'lmtp')],
    ['EHLO', (line) => this.#hello(line, this.#office.protocol === 'smtp')],
    ['HELO', (line) => this.#hello(line, this.#office.protocol === 'smtp', true)],
    ['MAIL', (line) => this.#mailFrom(line)],
    ['RCPT', (line) => this.#rcptTo(line)],
    ['DATA', (line) => this.#data(line)],
    ['RSET', () => this.#reset()],
    ['NOOP', () => this.#say(reply(250, '2.0.0 fine'))],
    ['VRFY', () => this.#say(reply(252, '2.5.0 only RCPT tells whether there is such a list'))],
    ['QUIT', () => this.#finish(reply(221, '2.0.0 goodbye'))],
  ])

  #strangeVerb(): void {
    if (++this.#strange > mostStrange)
      this.#finish(reply(421, '4.7.0 too many commands that nobody knows'))
    else this.#say(reply(500, '5.5.1 there is no such command here'))
  }

  #hello(line: string, isKnown: boolean, isPlain = false): void {
    if (!isKnown) return this.#strangeVerb()
    if (!/^\S+[ \t]+\S/.test(line))
      return this.#say(reply(501, '5.5.4 the name of the client is missing'))
    this.#isGreeted = true
    this.#transaction = undefined
    const more = isPlain ? [] : [...offers, `SIZE ${this.#office.mostBytes}`]
    const lines = [serverName, ...more]
    this.#replies += lines
      .map((text, at) => `250${at < lines.length - 1 ? '-' : ' '}${text}\r\n`)
      .join('')
  }

  #mailFrom(line: string): void {
    if (!this.#isGreeted) return this.#say(reply(503, '5.5.1 the greeting comes first'))
    if (this.#transaction !== undefined)
      return this.#say(reply(503, '5.5.1 a mail is begun already'))
    const found = readMail(line, this.#office.mostBytes)
    if (typeof found === 'string') return this.#say(found)
    this.#transaction = { sender: found.sender, recipients: [] }
    this.#say('250 2.1.0 fine')
  }

  #rcptTo(line: string): void {
    const transaction = this.#transaction
    if (transaction === undefined) return this.#say(reply(503, '5.5.1 MAIL comes first'))
    const found = readRcpt(line)
    if (typeof found === 'string') return this.#say(found)
    const { recipients } = transaction
    if (recipients.length >= mostRecipients)
      return this.#say(reply(452, `4.5.3 a mail has ${mostRecipients} recipients at the most`))
    this.#wait(
      this.#office.judge(found.address).then((list) => {
        if (typeof list === 'string') return this.#say(list)
        recipients.push(list)
        this.#say('250 2.1.5 fine')
      }),
    )
  }

  #data(line: string): void {
    const { sender, recipients } = this.#transaction ?? { sender: '', recipients: [] }
    if (recipients.length === 0) return this.#say(reply(503, '5.5.1 there is no recipient'))
    if (line.trim().length > 4) return this.#say(reply(501, '5.5.4 DATA has no parameter'))
    const content = new MailContent(() => this.proceed())
    const answers = this.#office
      .take(recipients, sender, content)
      .catch((thrown: unknown) => recipients.map(() => replyOf(asFault(thrown))))
      .finally(() => content.discard())
    this.#mail = { content, answers, bytes: 0 }
    this.#input.beginMail()
    this.#say('354 the mail, and a line with a dot')
  }

  /** @returns false when no more of it has come, or nobody reads it yet */
  #moreOf(mail: Mail): boolean {
    if (mail.content.isFull) return false
    const piece = this.#input.mail()
    if (piece === undefined) return false
    mail.bytes += piece.bytes.length
    if (mail.bytes > this.#office.mostBytes)
      mail.content.fail(new Fault('tooBig', 'the mail is too large'))
    mail.content.put(piece.bytes)
    if (!piece.isLast) return true
    mail.content.complete()
    this.#wait(mail.answers.then((answers) => this.#answer(answers)))
    return true
  }

  #answer(answers: readonly Reply[]): void {
    this.#mail = undefined
    this.#transaction = undefined
    // SMTP has one answer for all: a single failure must make the client try again, for good or not.
    const one = answers.find(isForNow) ?? answers.find(isRefusal) ?? answers[0]
    if (this.#office.protocol === 'lmtp') answers.forEach((answer) => this.#say(answer))
    else if (one !== undefined) this.#say(one)
  }

  #reset(): void {
    this.#transaction = undefined
    this.#say(reply(250, '2.0.0 fine'))
  }
}
