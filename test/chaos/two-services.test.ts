import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { startSink } from '../_sink.ts'
import { pause, until } from '../_until.ts'
import { confOf, listen, lmtpPort, offer } from './_service.ts'
import { inFlightIn } from './_strike.ts'
import { readers } from './_subjects.ts'

test('two services on one spool deliver once, maintain once, and one takes over from the other', async () => {
  await using sink = await startSink({
    // Slow enough that the kill meets a delivery.
    answer: async ({ verb }) => {
      if (verb === '.') await pause(20)
      return undefined
    },
  })
  await using list = await scratchList({ port: sink.port, subscribers: readers })
  await mkdir(confOf(list.dir))
  const [first, second] = [listen(list, {}), listen(list, {})]
  try {
    const ports = [
      await lmtpPort(first.running, first.heard),
      await lmtpPort(second.running, second.heard),
    ]
    const post = async (name: string, n: number) =>
      assert.match(await offer(ports[n % 2], name), /^250 /)
    const copies = (name: string) =>
      sink.taken.filter(({ mail }) => mail.includes(`Subject: ${name}\r\n`)).length
    const early = Array.from({ length: 10 }, (_, n) => `post-${n}`)
    await Promise.all(early.map(post))
    await until(
      () => early.every((name) => copies(name) >= readers.length),
      60_000,
      () => early.map(copies).join(),
    )
    for (const name of early) assert.equal(copies(name), readers.length, name)
    assert.equal((await list.archive()).size, early.length)
    const ended = () =>
      `${first.heard.text}${second.heard.text}`.match(/ maintenance-finished /g)?.length ?? 0
    await until(() => ended() > 0)
    assert.equal(ended(), 1, 'one of them ran maintenance')

    // The first has taken these, and dies over them; the second does what is left.
    const late = Array.from({ length: 6 }, (_, n) => `late-${n}`)
    await Promise.all(late.map((name) => post(name, 0)))
    first.running.child.kill('SIGKILL')
    await first.running.ended
    const inFlight = inFlightIn(sink)
    second.running.child.kill('SIGUSR1')
    await until(
      () => late.every((name) => copies(name) >= readers.length),
      60_000,
      () => late.map(copies).join(),
    )
    const extra = late.reduce((sum, name) => sum + copies(name) - readers.length, 0)
    assert.ok(extra <= inFlight, `${extra} duplicates of ${inFlight} in flight`)
  } finally {
    first.running.child.kill('SIGKILL')
    second.running.child.kill('SIGTERM')
    await Promise.all([first.running.ended, second.running.ended])
  }
})
