import assert from 'node:assert/strict'
import { linkSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { scratchList, type ListSetup, type ScratchList } from '../_list.ts'
import { takeLock } from '../../src/spool/lock.ts'
import { post } from '../_mail.ts'
import { command, ours } from '../_program.ts'
import { startSink, type Sink } from '../_sink.ts'

/*
 * What a list looks like after the power failed at a certain step, and what maintenance, which is
 * often the first to run then, makes of it.
 */
const id = '0123456789abcdef'
const reader = 'ann@example.org'

async function crashedList(sink: Sink, setup: ListSetup = {}): Promise<ScratchList> {
  const list = await scratchList({ port: sink.port, subscribers: [reader], ...setup })
  mkdirSync(list.path('requeue/1'))
  writeFileSync(list.path('index'), '1')
  writeFileSync(list.path('requeue/1/subscribers'), `${reader}\n`)
  return list
}

async function maintain(list: ScratchList): Promise<void> {
  const { code, stdout, stderr } = await command(ours, 'mlmmj-maintd', ['-F', '-L', list.dir])
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
}

function copies(sink: Sink): readonly string[] {
  return sink.taken.map(({ to }) => to.join())
}

test('a post that was committed without an archive before a crash is sent once', async () => {
  await using sink = await startSink()
  await using list = await crashedList(sink, { control: { noarchive: '' } })
  writeFileSync(list.path('incoming', id), post())
  writeFileSync(list.path('queue', id), post())
  linkSync(list.path('queue', id), list.path('requeue/1/mailfile'))
  await command(ours, 'mlmmj-send', ['--pending', '-L', list.dir])
  await maintain(list)
  await maintain(list)
  assert.deepEqual(copies(sink), [reader])
  assert.deepEqual(await list.names('requeue'), [])
})

test('a held post whose release a crash interrupted is sent once', async () => {
  await using sink = await startSink()
  await using list = await crashedList(sink, { control: { noarchive: '' } })
  writeFileSync(list.path('moderation', `${id}.sending`), post())
  linkSync(list.path('moderation', `${id}.sending`), list.path('requeue/1/mailfile'))
  await command(ours, 'mlmmj-send', ['--pending', '-L', list.dir])
  await maintain(list)
  await maintain(list)
  assert.deepEqual(copies(sink), [reader])
  assert.deepEqual(await list.names('moderation'), [])
})

test('a post that was committed before a crash is sent once, however long the machine was off', async () => {
  await using sink = await startSink()
  await using list = await crashedList(sink)
  writeFileSync(list.path('incoming', id), post())
  writeFileSync(list.path('queue', id), post())
  linkSync(list.path('queue', id), list.path('archive/1'))
  const yesterday = Date.now() / 1_000 - 86_400
  utimesSync(list.path('queue', id), yesterday, yesterday)
  await maintain(list)
  assert.deepEqual(copies(sink), [reader])
  assert.deepEqual(await list.names('archive'), ['1'])
})

test('a refusal that was queued before a crash is sent once', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, control: { subonlypost: '' } })
  const mail = post({ sender: 'joe@example.org' })
  writeFileSync(list.path('incoming', id), mail)
  writeFileSync(list.path('queue', `${id}`), mail)
  await command(ours, 'mlmmj-process', ['--worker', '-L', list.dir])
  assert.deepEqual(copies(sink), ['joe@example.org'])

  // The same again, with the refusal in queue/ as if the run had been killed just behind it.
  await list.write('control/smtpport', '1\n')
  writeFileSync(list.path('incoming', id), mail)
  await command(ours, 'mlmmj-process', ['--worker', '-L', list.dir])
  await list.write('control/smtpport', `${sink.port}\n`)
  writeFileSync(list.path('incoming', id), mail)
  await maintain(list)
  assert.equal(copies(sink).length, 2)
})

test('maintenance takes no held post away that was released before its time was over', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, subscribers: [reader] })
  const longAgo = Date.now() / 1_000 - 700_000
  for (const name of [`${id}.sending`, `${id}.omit`]) {
    writeFileSync(list.path('moderation', name), name.endsWith('omit') ? reader : post())
    utimesSync(list.path('moderation', name), longAgo, longAgo)
  }
  await maintain(list)
  assert.deepEqual(await list.names('archive'), ['1'])
  assert.deepEqual(copies(sink), [], 'whom to leave out is known still')
  assert.deepEqual(await list.names('moderation'), [])
})

test('what was last tried by a clock that was ahead is tried again', async () => {
  await using sink = await startSink()
  await using list = await crashedList(sink)
  writeFileSync(list.path('archive/1'), post())
  for (const [part, content] of [
    ['', 'Subject: hello\n\n'],
    ['.reciptto', 'joe@example.org'],
    ['.mailfrom', 'talk+owner@example.org'],
  ] as const)
    writeFileSync(list.path('queue', id + part), content)
  const future = Date.now() / 1_000 + 1e9
  utimesSync(list.path('requeue/1'), future, future)
  utimesSync(list.path('queue', `${id}.mailfrom`), future, future)
  await maintain(list)
  assert.deepEqual([...copies(sink)].sort(), [reader, 'joe@example.org'])
})

test('what a killed program left of a mail that is gone goes with maintenance, once it is old', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  const places = [
    `.mlmmj-ts/lock-mail-${id}`,
    `.mlmmj-ts/lock-reply-${id}`,
    '.mlmmj-ts/lock-post-7',
    '.mlmmj-ts/lock-post-digest.1.1.7',
    `.mlmmj-ts/lock-held-${id}`,
    `incoming/${id}.envelope`,
  ]
  for (const place of places)
    await list.write(place.startsWith('incoming') ? place : `${place}/5`, '')
  const there = async () => {
    const inside = [...(await list.names('.mlmmj-ts')), ...(await list.names('incoming'))]
    return places.filter((place) => inside.includes(place.replace(/^.*\//, '')))
  }
  await maintain(list)
  assert.deepEqual(await there(), places, 'they may be of a program at work')
  const hoursAgo = Date.now() / 1_000 - 25 * 3_600
  for (const place of places) utimesSync(list.path(place), hoursAgo, hoursAgo)
  await using held = await takeLock(list.dir, `mail-${id}`)
  utimesSync(list.path(`.mlmmj-ts/lock-mail-${id}`), hoursAgo, hoursAgo)
  await maintain(list)
  assert.deepEqual(await there(), places.slice(0, 1), 'somebody holds the first')
  await held.stillMine()
})

test('a mail of the list is out of queue/ before the relay is said goodbye', async () => {
  let waiting: readonly string[] = ['nobody said goodbye']
  await using sink = await startSink({
    answer: async ({ verb }) => {
      if (verb === 'QUIT') waiting = await list.names('queue')
      return undefined
    },
  })
  await using list = await scratchList({ port: sink.port })
  const args = ['-F', '-L', list.dir, '-e', 'help', '-s', 'joe@example.org']
  await command(ours, 'mlmmj-receive', args, { stdin: post({ to: 'talk+help@example.org' }) })
  assert.equal(sink.taken.length, 1)
  assert.deepEqual(
    waiting.filter((name) => /^[0-9a-f]{16}$/.test(name)),
    [],
  )
})

test('a mail to the owners arrives, whatever its sender is called', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  await command(
    ours,
    'mlmmj-receive',
    ['-F', '-L', list.dir, '-e', 'owner', '-s', '"j j"@example.org'],
    {
      stdin: post({ sender: null }),
    },
  )
  assert.deepEqual(
    sink.taken.map(({ from, to }) => [from, ...to]),
    [['', 'owner@example.org']],
  )
})

test('a mail that is 20 MB of empty headers takes no more memory than others of its size', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, subscribers: [reader] })
  const stdin = `From: joe@example.org\nTo: talk@example.org\n${'a:\n'.repeat(7_000_000)}\nbody\n`
  const { code } = await command(
    ours,
    'mlmmj-receive',
    ['-F', '-L', list.dir, '-s', 'joe@example.org'],
    {
      stdin,
      env: { NODE_OPTIONS: '--max-old-space-size=160' },
      // Twenty seconds are not always enough on a busy machine.
      ms: 120_000,
    },
  )
  assert.equal(code, 0)
  assert.equal(statSync(list.path('archive/1')).isFile(), true)
})
