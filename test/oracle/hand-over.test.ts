import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList, threeSubscribers, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import {
  command,
  debian,
  deliverPending,
  ours,
  start,
  withoutDebian,
  type House,
} from '../_program.ts'
import { startSink, type Sink } from '../_sink.ts'
import { until } from '../_until.ts'

const options = { skip: withoutDebian, timeout: 60_000 }
const thirty = Array.from({ length: 30 }, (_, n) => `m${n}@example.net`)

async function receive(house: House, list: ScratchList, mail: string): Promise<void> {
  const args = ['-F', '-L', list.dir]
  const { code, stderr } = await command(house, 'mlmmj-receive', args, { stdin: mail })
  assert.equal(code, 0, stderr)
}

/** Nobody waits any more; 1.3 leaves empty directories in requeue/ for an hour. */
async function nothingWaits(list: ScratchList): Promise<boolean> {
  return (await list.waiting()).length === 0 && !(await list.names('queue')).some(isMail)
}

function isMail(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name)
}

async function deliver(house: House, list: ScratchList): Promise<void> {
  const { signal, stderr } = await deliverPending(house, list.dir)
  assert.equal(signal, null, stderr)
  await until(
    () => nothingWaits(list),
    10_000,
    () => 'an empty queue',
  )
}

/** Kills our sender in the middle of a post, when exactly `served` members have it. */
async function killInTheMiddle(sink: Sink, list: ScratchList, served: number): Promise<void> {
  const file = list.path('queue/00000000000000aa')
  await list.write('queue/00000000000000aa', post({ sender: null }))
  const { child, ended } = start(join(ours.bin, 'mlmmj-send'), ['-L', list.dir, '-m', file])
  await until(
    () => sink.taken.length === served,
    10_000,
    () => `${served} mails`,
  )
  await until(
    async () => (await list.waiting()).length === thirty.length - served,
    10_000,
    () => `${served} members settled in requeue/`,
  )
  child.kill('SIGKILL')
  assert.equal((await ended).signal, 'SIGKILL')
}

for (const archive of [true, false])
  test(
    `mlmmj-maintd 1.3 delivers the rest after kill -9 of our sender, ${archive ? 'with' : 'without'} archive`,
    options,
    async () => {
      const served = 11
      let healthy = false
      await using sink = await startSink({
        answer: ({ verb, count }) =>
          verb === '.' && count > served && !healthy ? 'stall' : undefined,
      })
      const control: Record<string, string> = archive ? {} : { noarchive: '' }
      await using list = await scratchList({ subscribers: thirty, port: sink.port, control })
      await killInTheMiddle(sink, list, served)
      healthy = true
      await deliverPending(debian, list.dir)
      await sink.waitFor(thirty.length)
      assert.deepEqual(sink.recipients(), [...thirty].sort())
      assert.deepEqual(await list.waiting(), [])
      for (const { from, to } of sink.taken)
        assert.equal(from, `talk+bounces-1-${to[0]?.replace('@', '=')}@example.org`)
    },
  )

for (const [first, second] of [
  [debian, ours],
  [ours, debian],
] as const)
  test(`what ${first.name} could not deliver is delivered by ${second.name}`, options, async () => {
    await using sink = await startSink()
    await using list = await scratchList({ port: sink.port })
    await sink.close()
    await receive(first, list, post({ subject: 'one' }))
    await receive(first, list, post({ subject: 'two' }))
    await receive(first, list, post({ to: 'else@example.net' }))
    await list.write('control/noarchive', '')
    await receive(first, list, post({ subject: 'three' }))
    assert.deepEqual(
      await list.waiting(),
      [1, 2, 3].flatMap((n) => threeSubscribers.map((who) => `${n} ${who}`)),
    )

    await sink.listen(sink.port)
    await deliver(second, list)
    await sink.waitFor(10)
    assert.deepEqual(
      sink.recipients(),
      [...threeSubscribers, ...threeSubscribers, ...threeSubscribers, 'joe@example.org'].sort(),
    )
    const subjects = ['one', 'two', 'three']
    for (const { from, mail } of sink.taken) {
      const number = /bounces-(\d+)-/.exec(from)?.[1]
      const subject = /^Subject: (.*)\r$/m.exec(mail.toString('latin1'))?.[1]
      if (number !== undefined) assert.equal(subject, subjects[Number(number) - 1])
      else assert.equal(from, 'talk+bounces-help@example.org')
    }
  })

test('a second failure keeps what waits, in turns', options, async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  await sink.close()
  await receive(debian, list, post())
  for (const house of [ours, debian, ours, debian]) {
    await deliverPending(house, list.dir)
    assert.deepEqual(
      await list.waiting(),
      threeSubscribers.map((who) => `1 ${who}`),
    )
  }
  await sink.listen(sink.port)
  await deliver(ours, list)
  assert.deepEqual(sink.recipients(), threeSubscribers)
})

test(
  'what a killed mlmmj 1.3 left as subscribers.resending is delivered by us',
  options,
  async () => {
    await using sink = await startSink()
    await using list = await scratchList({ port: sink.port })
    await list.write('archive/1', post({ sender: null }))
    await list.write('index', '1')
    await list.write('requeue/1/subscribers.resending', `${threeSubscribers.join('\n')}\n`)
    await deliver(ours, list)
    assert.deepEqual(sink.recipients(), threeSubscribers)
  },
)
