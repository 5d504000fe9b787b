/**
 * The windows in which mlmmj loses, hangs or leaks (spec mailflow 12), as far as posts go through
 * them. Each test plays its situation with our commands and shows that nobody misses a mail. The
 * number in a title is the number there.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList, threeSubscribers, type ListSetup, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { killAll, processesWith } from '../_processes.ts'
import { command, deliverPending, ours, type Ended } from '../_program.ts'
import { startSink, type Sink, type Step } from '../_sink.ts'
import { pause, until } from '../_until.ts'

const options = { timeout: 120_000 }
const moderators = 'mod@example.net\nmia@example.org\n'

/** Takes a mail in the foreground; a hanging program is killed and fails here. */
async function receive(list: ScratchList, mail: string, ...flags: string[]): Promise<Ended> {
  const args = ['-F', '-L', list.dir, ...flags]
  const ended = await command(ours, 'mlmmj-receive', args, { stdin: mail, ms: 15_000 })
  assert.deepEqual([ended.code, ended.signal], [0, null], ended.stderr)
  return ended
}

/** What an administrator, or the next mail, does after a crash: everything that waits is taken up. */
async function recover(list: ScratchList): Promise<void> {
  const { code, stderr } = await command(ours, 'mlmmj-receive', ['-L', list.dir], {
    stdin: post({ subject: 'the next mail' }),
  })
  assert.equal(code, 0, stderr)
  await until(
    async () => (await list.names('incoming')).length === 0,
    20_000,
    () => 'incoming/',
  )
  await until(
    async () => {
      await deliverPending(ours, list.dir)
      return (await list.waiting()).length === 0 && processesWith(`${list.dir}\0`).length === 0
    },
    20_000,
    () => 'an empty requeue/',
  )
}

async function downList(setup: ListSetup = {}): Promise<{ list: ScratchList; sink: Sink }> {
  const sink = await startSink()
  await sink.close()
  return { list: await scratchList({ ...setup, port: sink.port }), sink }
}

/** Who got the mail with this subject, sorted. */
function readersOf(sink: Sink, subject: string): string[] {
  return sink.taken
    .filter(({ mail }) => mail.includes(`\r\nSubject: ${subject}\r\n`))
    .flatMap(({ to }) => to)
    .sort()
}

const twenty = Array.from({ length: 20 }, (_, n) => `m${n}@example.net`).sort()

/** When the kill comes after a mail was taken: so many milliseconds or so many copies later. */
const moments: readonly { readonly ms?: number; readonly copies?: number }[] = [
  ...[0, 20, 40, 60, 80, 100, 120].map((ms) => ({ ms })),
  ...[1, 4, 9, 14, 19, 20].map((copies) => ({ copies })),
]

for (const { ms = 0, copies } of moments) {
  const moment = copies === undefined ? `${ms} ms` : `${copies} copies`
  test(`1: kill -9 ${moment} after a mail was taken loses nothing`, options, async () => {
    const slowly = ({ verb }: Step) => (verb === '.' ? pause(5).then(() => undefined) : undefined)
    await using sink = await startSink({ answer: slowly })
    await using list = await scratchList({ subscribers: twenty, port: sink.port })
    const taken = await command(ours, 'mlmmj-receive', ['-L', list.dir], {
      stdin: post({ subject: 'the taken mail' }),
    })
    assert.equal(taken.code, 0, taken.stderr)
    if (copies === undefined) await pause(ms)
    else
      await until(
        () => sink.taken.length >= copies,
        10_000,
        () => moment,
      )
    killAll(processesWith(`${list.dir}\0`))
    await recover(list)
    const readers = readersOf(sink, 'the taken mail')
    assert.deepEqual([...new Set(readers)], twenty)
    // Whatever was on the way at that moment, one mail for each connection, may come twice.
    assert.ok(readers.length - twenty.length <= 4, `${readers.length - twenty.length} came twice`)
    const archive = [...(await list.archive()).values()]
    assert.equal(archive.filter((text) => text.includes('the taken mail')).length, 1)
  })
}

test(
  '2: the only subscriber of a list keeps his mail when the relay is down',
  options,
  async () => {
    const { list, sink } = await downList({ subscribers: ['ann@example.org'] })
    await using _ = list
    await using __ = sink
    await receive(list, post())
    assert.deepEqual(await list.waiting(), ['1 ann@example.org'])
    await sink.listen(sink.port)
    await deliverPending(ours, list.dir)
    assert.deepEqual(sink.recipients(), ['ann@example.org'])
  },
)

for (const [what, control, replies] of [
  ['a denial', { subonlypost: '' }, ['joe@example.org']],
  [
    'mail to moderators',
    { moderated: '', notifymod: '', moderators },
    ['joe@example.org', 'mia@example.org', 'mod@example.net'],
  ],
] as const)
  test(`3: ${what} waits when the relay is down`, options, async () => {
    const { list, sink } = await downList({ control })
    await using _ = list
    await using __ = sink
    await receive(list, post())
    assert.deepEqual(sink.taken, [])
    await sink.listen(sink.port)
    await deliverPending(ours, list.dir)
    assert.deepEqual(sink.recipients(), [...replies])
    assert.deepEqual(await list.names('queue'), ['discarded'])
  })

for (const verb of ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.'] as const)
  test(`4: a relay that hangs up at ${verb} loses nothing`, options, async () => {
    let ill = true
    await using sink = await startSink({
      answer: (step) => (step.verb === verb && ill ? 'drop' : undefined),
    })
    await using list = await scratchList({ port: sink.port })
    await receive(list, post())
    assert.deepEqual(sink.taken, [])
    ill = false
    await deliverPending(ours, list.dir)
    assert.deepEqual(sink.recipients(), threeSubscribers)
  })

for (const subject of [
  '$subject$',
  '$control moderators$',
  '%control moderators%',
  '%text deny-post%',
])
  test(`5: the subject ${subject} is only a subject`, options, async () => {
    await using sink = await startSink()
    await using list = await scratchList({
      port: sink.port,
      control: { modonlypost: '', moderators: 'secret@example.net\n' },
    })
    const { took } = await receive(list, post({ subject, body: `${subject}\n` }))
    assert.ok(took < 10_000, `${took} ms`)
    assert.deepEqual(sink.recipients(), ['joe@example.org'])
    const text = sink.taken[0]?.mail.toString('latin1') ?? ''
    assert.ok(!text.includes('secret@example.net'), text)
    assert.ok(text.length < 20_000)
  })

test('6: a directory among the subscriber files does no harm', options, async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  await list.write('subscribers.d/deep/z', 'zoe@example.net\n')
  await receive(list, post())
  assert.deepEqual(sink.recipients(), threeSubscribers)
  await using strict = await scratchList({ port: sink.port, control: { subonlypost: '' } })
  await strict.write('subscribers.d/deep/z', 'zoe@example.net\n')
  await receive(strict, post({ from: 'ann@example.org' }))
  assert.equal(sink.taken.length, 2 * threeSubscribers.length)
})

test('7: twenty posts at once get twenty numbers, and everybody gets all', options, async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  const posts = Array.from({ length: 20 }, (_, n) => post({ subject: `post ${n}.` }))
  // Half of them answer at once and leave the work to one worker, as behind a mail server.
  await Promise.all(
    posts.map((mail, n) =>
      n % 2 === 0
        ? receive(list, mail)
        : command(ours, 'mlmmj-receive', ['-L', list.dir], { stdin: mail }),
    ),
  )
  await sink.waitFor(60, 60_000)
  await until(
    () => processesWith(`${list.dir}\0`).length === 0,
    20_000,
    () => 'the end of all workers',
  )
  const archive = await list.archive()
  assert.deepEqual(
    [...archive.keys()].sort((a, b) => a - b),
    numbersTo(20),
  )
  assert.equal(await list.index(), 20)
  for (let n = 0; n < 20; n++) {
    assert.deepEqual(readersOf(sink, `post ${n}.`), threeSubscribers)
    assert.equal([...archive.values()].filter((text) => text.includes(`post ${n}.`)).length, 1)
  }
})

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, n) => n + 1)
}

for (const archive of [true, false])
  test(
    `8: a second and third failure lose nothing, ${archive ? 'with' : 'without'} archive`,
    options,
    async () => {
      const control: Record<string, string> = archive ? {} : { noarchive: '' }
      const { list, sink } = await downList({ control })
      await using _ = list
      await using __ = sink
      for (const subject of ['one', 'two', 'three']) await receive(list, post({ subject }))
      const waiting = [1, 2, 3].flatMap((n) => threeSubscribers.map((who) => `${n} ${who}`))
      for (let tries = 0; tries < 2; tries++) {
        await deliverPending(ours, list.dir)
        assert.deepEqual(await list.waiting(), waiting)
      }
      await sink.listen(sink.port)
      await deliverPending(ours, list.dir)
      assert.equal(sink.taken.length, 9)
      for (const [place, subject] of ['one', 'two', 'three'].entries()) {
        assert.deepEqual(readersOf(sink, subject), threeSubscribers)
        for (const { from, mail } of sink.taken)
          if (mail.includes(`\r\nSubject: ${subject}\r\n`))
            assert.match(from, new RegExp(`^talk\\+bounces-${place + 1}-`))
      }
      assert.deepEqual(await list.names('requeue'), [])
      assert.equal((await list.archive()).size, archive ? 3 : 0)
    },
  )

test('11: what a crash left in incoming/ goes out with the next mail', options, async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  for (const subject of ['left', 'behind']) await receive(list, post({ subject }), '-P')
  assert.equal((await list.names('incoming')).length, 2)
  assert.deepEqual(sink.taken, [])
  await recover(list)
  for (const subject of ['left', 'behind', 'the next mail'])
    assert.deepEqual(readersOf(sink, subject), threeSubscribers)
})

test(
  '12: who leaves is the one who asked, not one whose address begins alike',
  options,
  async () => {
    await using list = await scratchList({
      subscribers: [],
      files: {
        'subscribers.d/b':
          'bob@example.org\n\nbob@example.org.example.net\nbob@example.org.example\n',
      },
    })
    const args = ['-L', list.dir, '-a', 'bob@example.org.example.net']
    const { code, stderr } = await command(ours, 'mlmmj-unsub', args)
    assert.equal(code, 0, stderr)
    assert.deepEqual(await list.members(), ['bob@example.org', 'bob@example.org.example'])
  },
)

for (const [what, files] of [
  ['an empty', { moderators: '' }],
  ['no', {}],
] as const)
  test(`13: a moderated list with ${what} moderators file holds the post`, options, async () => {
    await using sink = await startSink()
    await using list = await scratchList({
      port: sink.port,
      control: { moderated: '', ...files },
    })
    await receive(list, post())
    assert.equal((await list.names('moderation')).length, 1)
    assert.deepEqual(await list.names('queue'), ['discarded'])
    assert.deepEqual(sink.taken, [])
  })
