import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, ours, start } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { pause } from '../_until.ts'

/** The connections one delivery uses: so many mails may be on the wire, unanswered, at a kill. */
const connections = 4
const subscribers = Array.from({ length: 120 }, (_, n) => `reader${n}@example.org`)

/** Moments of death, spread over a life of `ms` milliseconds and a little more; always the same ones. */
function* deaths(count: number, ms: number): Generator<number> {
  let seed = 20_261_121
  for (let n = 0; n < count; n++) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    yield Math.round(((30 + (seed % 370)) / 350) * ms)
  }
}

test('kill -9 at any time loses no post for anybody, and repeats only what was on the wire', async () => {
  await using sink = await startSink({
    // Slow enough that kills meet deliveries.
    answer: async ({ verb }) => {
      if (verb === '.') await pause(2)
      return undefined
    },
  })
  await using list = await scratchList({ port: sink.port, subscribers })
  let kills = 0
  const args = ['-F', '-L', list.dir]
  const undisturbed = await command(ours, 'mlmmj-receive', args, { stdin: post() })
  for (const ms of deaths(24, undisturbed.took)) {
    const mail = post({ subject: `post ${ms}` })
    const running = start(join(ours.bin, 'mlmmj-receive'), args, { stdin: mail })
    await Promise.race([running.ended, pause(ms)])
    if (running.child.exitCode === null) {
      running.child.kill('SIGKILL')
      kills++
    }
    await running.ended
  }
  assert.ok(kills >= 6, `only ${kills} runs were alive when they were to be killed`)

  await command(ours, 'mlmmj-process', ['--worker', '-L', list.dir], { ms: 60_000 })
  await command(ours, 'mlmmj-send', ['--pending', '-L', list.dir], { ms: 60_000 })

  assert.deepEqual(namesIn(list.dir, 'incoming'), [])
  const posts = namesIn(list.dir, 'archive')
  // Killed between the recipients and the mail: a number that no post has. Killed when the last recipient
  // was served: an empty directory. Maintenance removes both.
  for (const number of namesIn(list.dir, 'requeue'))
    if (posts.includes(number))
      assert.deepEqual(namesIn(join(list.dir, 'requeue'), number), [], `requeue/${number}`)
  assert.ok(posts.length > 12, `${posts.length} posts`)
  let duplicates = 0
  for (const number of posts) {
    const copies = new Map<string, number>()
    for (const { from, to } of sink.taken)
      if (from.startsWith(`talk+bounces-${number}-`))
        for (const reader of to) copies.set(reader, (copies.get(reader) ?? 0) + 1)
    for (const reader of subscribers) {
      assert.ok(copies.has(reader), `post ${number} is missing for ${reader}`)
      duplicates += (copies.get(reader) ?? 0) - 1
    }
  }
  assert.ok(duplicates <= kills * connections, `${duplicates} duplicates after ${kills} kills`)
})

test('a mail that a crash left in incoming/ is processed once, with its envelope', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, subscribers: ['ann@example.org'] })
  const mail = post({ sender: null })
  await command(ours, 'mlmmj-receive', ['-P', '-s', 'joe@example.org', '-L', list.dir], {
    stdin: mail,
  })
  assert.equal(namesIn(list.dir, 'incoming').filter((name) => !name.includes('.')).length, 1)
  await Promise.all(
    [1, 2, 3].map(() => command(ours, 'mlmmj-process', ['--worker', '-L', list.dir])),
  )
  assert.deepEqual(namesIn(list.dir, 'incoming'), [])
  assert.deepEqual(namesIn(list.dir, 'archive'), ['1'])
  assert.equal(sink.taken.length, 1)
})

function namesIn(dir: string, folder: string): string[] {
  return readdirSync(join(dir, folder))
}
