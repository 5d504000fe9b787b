import assert from 'node:assert/strict'
import { utimes } from 'node:fs/promises'
import { test } from 'node:test'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { keepMaintained } from '../../src/listener/maintenance.ts'
import { scratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, ours } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { until } from '../_until.ts'
import { hearEvents, serviceHouse } from '../house/_service-house.ts'
import { suffering } from './_plan.ts'

const day = 86_400_000
const three = ['ann@example.org', 'bob@example.net', 'cat@sub.example.org']

test('programs whose clocks are years apart take turns on a list, and nothing is lost', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, control: { digestinterval: '1\n' } })
  const members = new Set(three)
  const clocks = [0, -3_000 * day, 3_000 * day, -1 * day]
  for (const [turn, clockMs] of clocks.entries()) {
    const env = suffering({ below: `${list.dir}/`, clockMs })
    const runs = async (name: string, args: readonly string[], stdin = '') => {
      const options = { stdin, env, ms: 60_000 }
      const ended = await command(ours, name, ['-L', list.dir, ...args], options)
      assert.deepEqual([ended.code, ended.stderr], [0, ''], `${name}, turn ${turn}`)
    }
    await runs('mlmmj-receive', ['-F'], post({ subject: `post ${turn}` }))
    await runs('mlmmj-sub', ['-a', `m${turn}@example.org`])
    await runs('mlmmj-maintd', ['-F'])
    await runs('mlmmj-unsub', ['-a', `m${turn}@example.org`])
    await runs('mlmmj-sub', ['-a', `n${turn}@example.org`])
    members.add(`n${turn}@example.org`)
  }
  assert.deepEqual(await list.members(), [...members].sort())
  assert.equal(await list.index(), clocks.length)
  assert.equal((await list.archive()).size, clocks.length)
  const copies = sink.taken.filter(({ to }) => to.some((who) => three.includes(who)))
  assert.equal(copies.length, clocks.length * three.length)
})

test('a mail that waits for the relay waits on while clocks go back, and arrives', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, subscribers: three })
  await sink.close()
  const at = (clockMs: number) => suffering({ below: `${list.dir}/`, clockMs })
  const args = ['-F', '-L', list.dir]
  await command(ours, 'mlmmj-receive', args, { stdin: post(), env: at(2 * day), ms: 60_000 })
  await command(ours, 'mlmmj-maintd', args, { env: at(-400 * day), ms: 60_000 })
  assert.equal((await list.waiting()).length, 3)
  await sink.listen(sink.port)
  await command(ours, 'mlmmj-maintd', args, { env: at(0), ms: 60_000 })
  assert.deepEqual(sink.recipients(), three)
})

test('mails from the far future, in Date: and on disk, are posts as any other', async () => {
  await using sink = await startSink()
  await using list = await scratchList({
    ...{ port: sink.port, digesters: ['eva@example.org'], control: { digestinterval: '0\n' } },
  })
  const dates = [
    'Fri, 31 Dec 9999 23:59:59 +0000',
    'Sat, 13 Sep 275760 00:00:01 +0000',
    `Mon, 1 Jan ${'9'.repeat(400)} 00:00:00 +9999`,
    'Tue, 19 Jan 2038 03:14:08 +0000',
    'Thu, 1 Jan 1970 00:00:00 -2400',
  ]
  for (const [turn, date] of dates.entries()) {
    const id = `${turn}`.padStart(16, '0')
    const text = post({ subject: `post ${turn}`, more: [`X-Date: ${turn}`] })
    await list.write(`incoming/${id}`, text.replace(/^Date: .*$/m, `Date: ${date}`))
    const then = (Date.now() + 3_000 * day * turn) / 1_000
    await utimes(list.path('incoming', id), then, then)
  }
  const { code, stderr } = await command(ours, 'mlmmj-maintd', ['-F', '-L', list.dir])
  assert.deepEqual([code, stderr], [0, ''])
  const texts = [...(await list.archive()).values()]
  for (const date of dates)
    assert.equal(texts.filter((text) => text.includes(`\nDate: ${date}\n`)).length, 1, date)
  assert.equal(sink.taken.filter(({ to }) => three.includes(to[0] ?? '')).length, 15)
  const digest = sink.taken.find(({ to }) => to.includes('eva@example.org'))?.mail.toString()
  for (const turn of dates.keys())
    assert.match(digest ?? '', new RegExp(`^X-Date: ${turn}\\r$`, 'm'))
})

test('a service whose clock was ahead goes on with maintenance when it is put back', async () => {
  await using house = await serviceHouse()
  await house.list({ address: 'talk@example.org' })
  using heard = hearEvents()
  const runs = () => heard.lines.filter((line) => line.startsWith('maintenance-finished')).length
  let now = Date.now() + 400 * day
  const real = openHouse(readConfig({}))
  const maintenance = keepMaintained({
    house: { ...real, chance: { ...real.chance, now: () => now } },
    spoolDir: house.spoolDir,
    lookMs: 20,
  })
  await maintenance.runNow()
  assert.equal(runs(), 1)
  now = Date.now()
  await until(() => runs() === 2)
  now += 3 * 3_600_000
  await until(() => runs() === 3)
  assert.equal(await maintenance.staleness(), undefined)
  now += 4 * 3_600_000
  assert.match((await maintenance.staleness()) ?? '', /minutes/)
  await maintenance.close()
})
