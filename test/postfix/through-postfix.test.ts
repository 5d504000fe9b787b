import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { after, before, beforeEach, test } from 'node:test'
import { scratchList, threeSubscribers, type ListSetup, type ScratchList } from '../_list.ts'
import { startSink, type Sink, type Transaction } from '../_sink.ts'
import { pause, until } from '../_until.ts'
import { applyMails, bodyOf, patchSeries, sendPatches } from './_patches.ts'
import { listUser, send, startPostfix, withoutPostfix, type Postfix } from './_postfix.ts'

const options = { skip: withoutPostfix, timeout: 120_000 }
const talk = 'talk@lists.example.org'

let sink: Sink
let postfix: Postfix
/** A list whose relay is the sink, and one whose relay is Postfix, which hands on to the sink. */
type Round = 'straight' | 'through Postfix again'
const rounds: readonly Round[] = ['straight', 'through Postfix again']

before(async () => {
  if (withoutPostfix !== false) return
  sink = await startSink()
  postfix = await startPostfix(sink.port)
})

beforeEach(() => {
  sink?.taken.splice(0)
})

after(async () => {
  await postfix?.[Symbol.asyncDispose]()
  await sink?.close()
})

async function talkList(round: Round, setup: ListSetup = {}): Promise<ScratchList> {
  const port = round === 'straight' ? sink.port : postfix.outPort
  const list = await scratchList({ address: talk, below: postfix.listsDir, port, ...setup })
  await list.giveTo(listUser.uid, listUser.gid)
  return list
}

function bodyText({ mail }: Transaction): string {
  const text = mail.toString('latin1')
  return text.slice(text.indexOf('\r\n\r\n') + 4).replaceAll('\r\n', '\n')
}

function headersOf({ mail }: Transaction): string[] {
  return (mail.toString('latin1').split('\r\n\r\n')[0] ?? '').split('\r\n')
}

/** Every subscriber got each body once, with an envelope sender of his own. */
async function everybodyGot(bodies: readonly string[]): Promise<void> {
  const taken = await sink.waitFor(bodies.length * threeSubscribers.length, 30_000)
  for (const who of threeSubscribers) {
    const his = taken.filter(({ to }) => to.includes(who))
    assert.deepEqual(his.map(bodyText).sort(), [...bodies].sort(), who)
    for (const { from, to } of his) {
      assert.deepEqual(to, [who])
      assert.match(
        from,
        new RegExp(`^talk\\+bounces-\\d+-${who.replace('@', '=')}@lists\\.example\\.org$`),
      )
    }
    assert.equal(new Set(his.map(({ from }) => from)).size, bodies.length)
  }
}

async function allIsQuiet(list: ScratchList): Promise<void> {
  await until(
    async () => (await postfix.queued()) === 0,
    20_000,
    () => "an empty queue of Postfix's",
  )
  await until(
    async () => (await list.waiting()).length + (await list.names('incoming')).length === 0,
    20_000,
    () => 'a list at rest',
  )
}

const delicateBody = `first line\n.\n..\n.dot\n\nFrom me\ngr\xc3\xbc\xc3\x9fe \xe9\xff\n${'long '.repeat(190)}\n`

async function swaks(body: string): Promise<void> {
  const head = `From: Joe <joe@example.org>\nTo: ${talk}\nSubject: by swaks\n`
  const args = ['--server', '127.0.0.1', '--port', String(postfix.inPort), '--silent', '2']
  const envelope = ['--from', 'joe@example.org', '--to', talk]
  await send('/usr/bin/swaks', [...args, ...envelope, '--data', '-'], {
    // swaks ends the last line itself.
    stdin: `${head}\n${body.replace(/\n$/, '')}`,
  })
}

for (const round of rounds) {
  test(`swaks posts, ${round}`, options, async () => {
    await using list = await talkList(round)
    await swaks(delicateBody)
    await everybodyGot([delicateBody])
    for (const taken of sink.taken) {
      const headers = headersOf(taken)
      assert.ok(headers.includes('Subject: by swaks'), headers.join('\n'))
      assert.ok(headers.includes('From: Joe <joe@example.org>'))
      assert.ok(!headers.some((line) => /^Return-Path:/i.test(line)))
    }
    await allIsQuiet(list)
  })

  test(`mailx posts, ${round}`, options, async () => {
    await using list = await talkList(round, {
      control: { prefix: '[talk]\n', footer: '-- \nbye\n' },
    })
    const args = ['-s', 'by mailx', '-r', 'joe@example.org', talk]
    const body = 'one\n.\nFrom here\n'
    await send('/usr/bin/bsd-mailx', ['-n', ...args], {
      stdin: body,
      env: { MAIL_CONFIG: postfix.configDir, MAILRC: '/dev/null' },
    })
    await everybodyGot([`${body}-- \nbye\n`])
    for (const taken of sink.taken)
      assert.ok(headersOf(taken).includes('Subject: [talk] by mailx'), headersOf(taken).join('\n'))
    await allIsQuiet(list)
  })

  test(`git send-email posts a series that git am takes, ${round}`, options, async () => {
    await using list = await talkList(round)
    await using place = await scratchList()
    const { repository, paths } = await patchSeries(place.dir)
    await sendPatches(paths, postfix.inPort, talk)
    await everybodyGot(await Promise.all(paths.map(bodyOf)))
    const his = sink.taken.filter(({ to }) => to.includes('ann@example.org'))
    const inOrder = [1, 2, 3].flatMap((n) =>
      his.filter((taken) => bodyText(taken).includes(`+++ b/file-${n}.txt`)),
    )
    const { sent, applied } = await applyMails(repository, place.dir, inOrder)
    assert.equal(applied, sent)
    await allIsQuiet(list)
  })

  test(`twenty mails at once, ${round}`, options, async () => {
    await using list = await talkList(round)
    const args = ['-4', '-m', '20', '-s', '5', '-l', '3000', '-f', 'joe@example.org', '-t', talk]
    await send('/usr/sbin/smtp-source', [...args, `127.0.0.1:${postfix.inPort}`])
    await sink.waitFor(20 * threeSubscribers.length, 60_000)
    await allIsQuiet(list)
    const numbers = [...(await list.archive()).keys()].sort((a, b) => a - b)
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, n) => n + 1),
    )
    const senders = sink.taken.map(({ from }) => from)
    assert.equal(new Set(senders).size, senders.length, 'a number was used twice')
  })

  test(`a stranger gets a refusal, ${round}`, options, async () => {
    await using list = await talkList(round, { control: { subonlypost: '' } })
    await swaks('hello\n')
    const [refusal] = await sink.waitFor(1, 30_000)
    assert.deepEqual(refusal?.to, ['joe@example.org'])
    assert.equal(refusal?.from, 'talk+bounces-help@lists.example.org')
    await allIsQuiet(list)
  })
}

for (const control of [{}, { verp: 'postfix\n' }])
  test(`Postfix writes the VERP addresses with ${JSON.stringify(control)}`, options, async () => {
    await using list = await talkList('through Postfix again', { control })
    await swaks('hello\n')
    await everybodyGot(['hello\n'])
    assert.match(await postfix.log(), /from=<talk\+bounces-1@lists\.example\.org>.*nrcpt=3 /)
    await allIsQuiet(list)
  })

test('Postfix that takes few recipients in a mail gets more mails', options, async () => {
  await set('smtpd_recipient_limit = 2')
  try {
    await using list = await talkList('through Postfix again')
    await swaks('hello\n')
    await everybodyGot(['hello\n'])
    assert.match(await postfix.log(), /from=<talk\+bounces-1@lists\.example\.org>.*nrcpt=2 /)
    await allIsQuiet(list)
  } finally {
    await set('smtpd_recipient_limit = 1000')
  }
})

/** For connections that begin after this. */
async function set(setting: string): Promise<void> {
  await send('/usr/sbin/postconf', ['-c', postfix.configDir, '-e', setting])
  await send('/usr/sbin/postfix', ['-c', postfix.configDir, 'reload'])
  await pause(1_000)
}

test('a list that cannot store keeps the mail in the queue of Postfix', options, async () => {
  await using list = await talkList('straight')
  const bounces = (await postfix.log()).split('status=bounced').length
  await chmod(list.path('incoming'), 0)
  await swaks('hello\n')
  await until(
    async () => /status=deferred/.test(await postfix.log()),
    20_000,
    () => 'a deferral',
  )
  assert.equal((await postfix.log()).split('status=bounced').length, bounces)
  await chmod(list.path('incoming'), 0o755)
  await postfix.flush()
  await everybodyGot(['hello\n'])
  await allIsQuiet(list)
})
