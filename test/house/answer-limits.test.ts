/** Nobody can have a list flood somebody else: by mail, over HTTP or from a shell. */
import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { test } from 'node:test'
import { scratchList, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, ours } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { ages, maintains, receives, writes, type Stage, type Step } from '../_stage.ts'
import { httpHouse } from './_http-house.ts'
import { letterOf, postOffice } from './_post-office.ts'
import { bundleWorker, Worker } from './_workers.ts'

const victim = 'zoe@example.org'

async function onStage(
  control: Readonly<Record<string, string>>,
  play: (stage: Stage, list: ScratchList) => Promise<void>,
): Promise<void> {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, control })
  await play({ house: ours, list, sink, said: [] }, list)
}

/** A request that came from somewhere in the world. */
function from(client: string, extension: string, sender = victim): Step {
  const trace = `Received: from x (x [${client}])\n\tby mx.example.org; now\n`
  return receives(trace + post({ sender, from: sender, to: `talk+${extension}@example.org` }))
}

async function logOf(list: ScratchList): Promise<string> {
  return (await list.read('mlmmj-ts.log')) ?? ''
}

test('one address is asked to confirm a few times, wherever the requests come from', async () => {
  await onStage({ confirmlimit: '3\n' }, async (stage, list) => {
    for (let n = 1; n <= 6; n++) await from(`192.0.2.${n}`, 'subscribe')(stage)
    assert.deepEqual(stage.sink.recipients(), [victim, victim, victim])
    assert.equal((await list.names('subconf')).length, 3, 'no cookie for what was not asked')
    assert.equal((await list.names('queue/discarded')).length, 3)
    assert.deepEqual(await list.names('incoming'), [])
    const log = await logOf(list)
    assert.equal(log.match(/ request-ignored .*confirmlimit/g)?.length, 3)
    // Another address is not concerned, nor is another kind of answer.
    await from('192.0.2.9', 'subscribe', 'ann@example.net')(stage)
    await from('192.0.2.9', 'help')(stage)
    assert.equal(stage.sink.taken.length, 5)
  })
})

test('one source has a few addresses asked, whatever envelopes it makes up', async () => {
  await onStage({ sourcelimit: '3\n' }, async (stage, list) => {
    for (let n = 1; n <= 5; n++) await from('192.0.2.1', 'subscribe', `zoe${n}@example.org`)(stage)
    assert.equal(stage.sink.taken.length, 3)
    assert.match(await logOf(list), / request-ignored .*sourcelimit/)
    await from('192.0.2.2', 'subscribe', 'zoe9@example.org')(stage)
    assert.equal(stage.sink.taken.length, 4)
    const mine = (await stat(list.path('.mlmmj-ts/lately-answers'))).mode & 0o007
    assert.equal(mine, 0, 'nobody else reads it')
  })
})

test('refusals are limited like answers; the posts lie in queue/discarded, and the log says why', async () => {
  await onStage({ subonlypost: '', answerlimit: '2\n' }, async (stage, list) => {
    for (let n = 0; n < 4; n++) await receives(post({ subject: `post ${n}` }))(stage)
    assert.equal(stage.sink.taken.length, 2)
    assert.equal((await list.names('queue/discarded')).length, 2)
    const log = await logOf(list)
    assert.equal(log.match(/ answer-withheld .*answerlimit/g)?.length, 2)
    assert.equal(log.match(/ post-refused .*silently=false/g)?.length, 2)
    assert.equal(log.match(/ post-refused .*silently=true/g)?.length, 2)
  })
})

test('a program whose post is refused hears nothing, and its post is kept', async () => {
  await onStage({ subonlypost: '', takeautoreplies: '' }, async (stage, list) => {
    const robots = ['Auto-Submitted: auto-replied', 'List-Id: <x.example.org>', 'Precedence: bulk']
    for (const more of robots) await receives(post({ more: [more] }))(stage)
    assert.deepEqual(stage.sink.taken, [])
    assert.equal((await list.names('queue/discarded')).length, 3)
    assert.equal((await logOf(list)).match(/ answer-withheld /g)?.length, 3)
  })
})

test('a held post is asked about, whoever may not be told that it waits', async () => {
  const control = {
    moderated: '',
    moderators: 'mod@example.org\n',
    notifymod: '',
    answerlimit: '1\n',
  }
  await onStage(control, async (stage, list) => {
    for (let n = 0; n < 2; n++) await receives(post({ subject: `post ${n}` }))(stage)
    assert.deepEqual(stage.sink.recipients(), [
      'joe@example.org',
      'mod@example.org',
      'mod@example.org',
    ])
    assert.equal((await list.names('moderation')).length, 2)
    assert.deepEqual(await list.names('queue/discarded'), [])
  })
})

test('the state goes away with time, and survives maintenance', async () => {
  await onStage({ answerlimit: '1\n', limitwindow: '60\n' }, async (stage, list) => {
    await writes('help')(stage)
    await maintains()(stage)
    await writes('faq')(stage)
    assert.equal(stage.sink.taken.length, 1)
    const then = (await list.read('.mlmmj-ts/lately-answers')) ?? ''
    await list.write(
      '.mlmmj-ts/lately-answers',
      then.replace(/^\d+/gm, (time) => String(Number(time) - 61)),
    )
    await writes('help')(stage)
    assert.equal(stage.sink.taken.length, 2)
    await ages('queue/discarded', 700_000)(stage)
    await maintains()(stage)
    assert.deepEqual(await list.names('queue/discarded'), [])
  })
})

test('who asks for others from a shell is stopped at their limit with a word about it', async () => {
  await onStage({ confirmlimit: '2\n' }, async (stage, list) => {
    const sub = (...more: readonly string[]) =>
      command(ours, 'mlmmj-sub', ['-L', list.dir, '-a', victim, ...more])
    const codes = [(await sub('-C')).code, (await sub('-C')).code]
    const { code, stderr } = await sub('-C')
    assert.deepEqual([...codes, code], [0, 0, 75])
    assert.match(stderr, /nobody was asked: .*confirmlimit/)
    assert.equal(stage.sink.taken.length, 2)
    assert.equal((await list.names('subconf')).length, 2)
    // The owner's own decision asks nobody and has no limit.
    assert.equal((await sub('-s')).code, 0)
    assert.ok((await list.members()).includes(victim))
  })
})

test('who is told that nothing had to be done is told a few times', async () => {
  await onStage({ answerlimit: '2\n' }, async (stage, list) => {
    for (let n = 0; n < 4; n++) {
      const { code } = await command(ours, 'mlmmj-unsub', ['-L', list.dir, '-a', victim])
      assert.equal(code, 0)
    }
    assert.deepEqual(stage.sink.recipients(), [victim, victim])
    assert.equal((await logOf(list)).match(/ answer-withheld /g)?.length, 2)
  })
})

test('the same limits hold over HTTP, for the target and for the caller', async () => {
  await using sink = await startSink()
  await using house = await httpHouse({
    lists: [{ port: sink.port, control: { confirmlimit: '2\n', sourcelimit: '5\n' } }],
  })
  const ask = (address: string) => house.command('mlmmj-sub', ['-L', 'talk', '-C', '-a', address])
  const codes: unknown[] = []
  for (let n = 0; n < 3; n++) codes.push((await ask(victim)).json['returncode'])
  for (let n = 0; n < 5; n++) codes.push((await ask(`zoe${n}@example.org`)).json['returncode'])
  assert.deepEqual(codes, [0, 0, 75, 0, 0, 0, 75, 75])
  const { text } = await ask('last@example.org')
  assert.match(text, /its source caused 5 answers/)
  assert.equal(sink.taken.length, 5)
})

test('mail and HTTP count together', async () => {
  await using office = await postOffice([
    { address: 'talk@example.org', control: { confirmlimit: '2\n' } },
  ])
  const list = office.lists.get('talk@example.org') as ScratchList
  const shell = () => command(ours, 'mlmmj-sub', ['-L', list.dir, '-a', victim, '-C'])
  assert.equal((await shell()).code, 0)
  for (let n = 0; n < 3; n++) await office.write(letterOf(victim, 'talk+subscribe@example.org'))
  assert.ok(await office.settles(20))
  assert.equal((await shell()).code, 75)
  assert.equal(office.delivered.length, 2)
})

test('a mail that is processed again after a crash counts once', async () => {
  await onStage({ answerlimit: '1\n' }, async (stage, list) => {
    const mail = post({ to: 'talk+help@example.org' })
    await list.write('incoming/0123456789abcdef', mail)
    const run = () => command(ours, 'mlmmj-process', ['-L', list.dir, '--worker'])
    await run()
    await list.write('incoming/0123456789abcdef', mail)
    await run()
    assert.deepEqual(await list.names('queue/discarded'), [], 'it was served both times')
    assert.equal(stage.sink.taken.length, 2)
    await list.write('incoming/fedcba9876543210', mail)
    await run()
    assert.equal((await list.names('queue/discarded')).length, 1)
  })
})

test('many processes at once let no more through than the limit', async () => {
  using bundle = bundleWorker('test/house/_lately-worker.ts')
  await using list = await scratchList()
  const workers = Array.from({ length: 4 }, () => new Worker(bundle.path))
  try {
    const passed = await Promise.all(
      workers.map((worker, place) => {
        const seeds = Array.from({ length: 15 }, (_, n) => `${place} ${n}`)
        return worker.ask({ listDir: list.dir, seeds, most: 23 })
      }),
    )
    assert.equal(
      passed.map(Number).reduce((one, other) => one + other),
      23,
    )
  } finally {
    for (const worker of workers) await worker.kill()
  }
})
