import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, debian, ours, withoutDebian, type House } from '../_program.ts'
import { startSink, type Sink } from '../_sink.ts'

/** What the list must hold after each step, whoever did it. */
interface Wanted {
  readonly members: Set<string>
  readonly digesters: Set<string>
  posts: number
  copies: string[]
}

type Act = (house: House, list: ScratchList, wanted: Wanted, step: number) => Promise<void>

async function succeed(
  house: House,
  name: string,
  args: readonly string[],
  stdin = '',
): Promise<string> {
  const { code, signal, stdout, stderr } = await command(house, name, args, { stdin })
  assert.deepEqual([code, signal], [0, null], `${house.name} ${name} ${args.join(' ')}: ${stderr}`)
  return stdout
}

function expectPost(wanted: Wanted, step: number): void {
  wanted.posts++
  for (const who of wanted.members) wanted.copies.push(`${step} ${who}`)
}

const twelve = Array.from({ length: 12 }, (_, n) => `${'abcd'[n % 4]}${n}@example.org`)

const acts: readonly Act[] = [
  async function receivesAPost(house, list, wanted, step) {
    await succeed(house, 'mlmmj-receive', ['-F', '-L', list.dir], post({ subject: `step ${step}` }))
    expectPost(wanted, step)
  },
  async function subscribes(house, list, wanted, step) {
    const who = `${'abc'[step % 3]}-${step}@example.net`
    await succeed(house, 'mlmmj-sub', ['-L', list.dir, '-a', who])
    wanted.members.add(who)
  },
  async function sendsAFile(house, list, wanted, step) {
    const file = `queue/${String(step).padStart(16, '0')}`
    await list.write(file, post({ sender: null, subject: `step ${step}` }))
    await succeed(house, 'mlmmj-send', ['-L', list.dir, '-m', list.path(file)])
    expectPost(wanted, step)
  },
  async function subscribesToTheDigest(house, list, wanted, step) {
    const who = `dora${step}@example.org`
    await succeed(house, 'mlmmj-sub', ['-L', list.dir, '-d', '-a', who])
    wanted.digesters.add(who)
  },
  async function unsubscribes(house, list, wanted, step) {
    const who = [...wanted.members][step % wanted.members.size] ?? ''
    await succeed(house, 'mlmmj-unsub', ['-L', list.dir, '-a', who.toUpperCase()])
    wanted.members.delete(who)
  },
  async function lists(house, list, wanted) {
    const shown = await succeed(house, 'mlmmj-list', ['-L', list.dir])
    assert.deepEqual(shown.split('\n').filter(Boolean).sort(), [...wanted.members].sort())
    const count = await succeed(house, 'mlmmj-list', ['-L', list.dir, '-d', '-c'])
    assert.equal(count.trim(), String(wanted.digesters.size))
  },
  async function movesToTheDigest(house, list, wanted, step) {
    const who = [...wanted.members][(step * 5) % wanted.members.size] ?? ''
    await succeed(house, 'mlmmj-sub', ['-L', list.dir, '-d', '-a', who])
    wanted.members.delete(who)
    wanted.digesters.add(who)
  },
]

async function checkSpool(list: ScratchList, sink: Sink, wanted: Wanted): Promise<void> {
  assert.equal(await list.index(), wanted.posts)
  const numbers = [...(await list.archive()).keys()].sort((a, b) => a - b)
  assert.deepEqual(
    numbers,
    Array.from({ length: wanted.posts }, (_, n) => n + 1),
  )
  assert.deepEqual(await list.members(), [...wanted.members].sort())
  assert.deepEqual(await list.members('digesters.d'), [...wanted.digesters].sort())
  const copies = sink.taken.map(({ mail, to }) => {
    const step = /^Subject: step (\d+)\r$/m.exec(mail.toString('latin1'))?.[1] ?? '?'
    return `${step} ${to.join()}`
  })
  assert.deepEqual(copies.sort(), [...wanted.copies].sort())
  for (const shelf of ['incoming', 'queue/discarded', 'requeue', 'moderation'])
    assert.deepEqual(await list.names(shelf), [], shelf)
}

test(
  'mlmmj 1.3 and we take turns on one spool',
  { skip: withoutDebian, timeout: 120_000 },
  async () => {
    await using sink = await startSink()
    await using list = await scratchList({ subscribers: twelve, port: sink.port })
    const wanted: Wanted = {
      members: new Set(await list.members()),
      digesters: new Set(),
      posts: 0,
      copies: [],
    }
    for (let step = 1; step <= 56; step++) {
      // Seven acts and two houses: after 14 steps each house has done each act.
      const act = acts[step % acts.length]
      await act?.(step % 2 === 0 ? ours : debian, list, wanted, step)
      await checkSpool(list, sink, wanted)
    }
    assert.equal(wanted.posts, 16)
  },
)
