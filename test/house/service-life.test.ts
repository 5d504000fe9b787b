import assert from 'node:assert/strict'
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { keepMaintained } from '../../src/listener/maintenance.ts'
import { takeLock } from '../../src/spool/lock.ts'
import { deadPort, startSink } from '../_sink.ts'
import { pause, until } from '../_until.ts'
import { hearEvents, post, serviceHouse } from './_service-house.ts'

/** A mail as mlmmj-receive 1.3 leaves it: what is known of its envelope is in its head. */
const laid =
  'Return-Path: <ann@example.org>\nDelivered-To: talk@example.org\nFrom: ann@example.org\n' +
  'To: talk@example.org\nSubject: laid\n\nhello\n'

test('a mail goes in by LMTP and out to the subscribers', async () => {
  await using sink = await startSink()
  await using house = await serviceHouse()
  await house.list({ port: sink.port })
  const begun = performance.now()
  const service = await house.start()
  const tries = [performance.now() - begun]
  // A machine that is busy with something else gets another try.
  while (Math.min(...tries) >= 900 && tries.length < 3) {
    const again = performance.now()
    await (await house.start()).end()
    tries.push(performance.now() - again)
  }
  assert.ok(Math.min(...tries) < 900, `it starts in well under a second: ${tries.join(', ')} ms`)
  assert.deepEqual(await service.ready(), [])
  assert.match((await post(service, 'talk@example.org'))[0] ?? '', /^250 2\.6\.0 /)
  await sink.waitFor(3)
  assert.deepEqual(sink.recipients(), ['ann@example.org', 'bob@example.net', 'cat@sub.example.org'])
})

test('a list that is made while it runs gets its first mail within a second', async () => {
  await using sink = await startSink()
  await using house = await serviceHouse()
  await house.list({ address: 'old@example.org' })
  const service = await house.start()
  const tries: number[] = []
  while (Math.min(...tries) >= 1_000 && tries.length < 3) {
    const name = `new${tries.length}`
    const draft = await house.list({ address: `${name}@example.org`, port: sink.port })
    await rename(draft.dir, `${draft.dir}.elsewhere`)
    const begun = performance.now()
    await rename(`${draft.dir}.elsewhere`, draft.dir)
    await post(service, `${name}@example.org`)
    await sink.waitFor(3 * (tries.length + 1))
    tries.push(performance.now() - begun)
  }
  assert.ok(Math.min(...tries) < 1_000, `${tries.join(', ')} ms`)
})

test('a mail that another program lays into incoming/ is processed', async () => {
  await using sink = await startSink()
  await using house = await serviceHouse()
  const list = await house.list({ port: sink.port })
  const service = await house.start()
  await service.runNow()
  await list.write('incoming/0123456789abcdef', laid)
  await sink.waitFor(3)
  assert.deepEqual(await list.names('incoming'), [])
})

test('what lay in incoming/ before it started is processed', async () => {
  await using sink = await startSink()
  await using house = await serviceHouse()
  const list = await house.list({ port: sink.port })
  await list.write('incoming/0123456789abcdef', laid)
  await house.start()
  await sink.waitFor(3)
})

test('a delivery that was put off is tried again, later and later, until it is done', async () => {
  const port = await deadPort()
  await using house = await serviceHouse()
  using heard = hearEvents()
  const list = await house.list({ port })
  const service = await house.start({ firstRetryMs: 200 })
  await post(service, 'talk@example.org')
  const deferred = () => heard.lines.filter((line) => line.startsWith('delivery-deferred')).length
  await until(
    () => deferred() >= 3,
    5_000,
    () => `${deferred()} of 3 tries`,
  )
  await using sink = await startSink({}, port)
  await sink.waitFor(3)
  await until(async () => (await list.waiting()).length === 0)
})

test('a slow list does not hold up another', async () => {
  await using stuck = await startSink({
    answer: ({ verb }) => (verb === 'MAIL' ? 'stall' : undefined),
  })
  await using sink = await startSink()
  await using house = await serviceHouse()
  await house.list({ address: 'slow@example.org', port: stuck.port })
  await house.list({ address: 'fast@example.org', port: sink.port })
  const service = await house.start()
  for (let at = 0; at < 10; at++) await post(service, 'slow@example.org', `number ${at}`)
  await until(() => stuck.steps.some(({ verb }) => verb === 'MAIL'))
  const begun = performance.now()
  await post(service, 'fast@example.org')
  await sink.waitFor(3)
  assert.ok(performance.now() - begun < 1_500)
})

test('it ends within seconds while a relay hangs, and the next one delivers once', async () => {
  let stalls = true
  await using sink = await startSink({
    answer: ({ verb, count }) => (stalls && verb === 'RCPT' && count > 1 ? 'stall' : undefined),
  })
  await using house = await serviceHouse()
  const list = await house.list({ port: sink.port })
  const first = await house.start()
  await post(first, 'talk@example.org')
  await until(() => sink.steps.filter(({ verb }) => verb === 'RCPT').length > 1)
  const begun = performance.now()
  await first.end()
  assert.ok(performance.now() - begun < 8_000)
  assert.equal((await list.waiting()).length, 2)
  stalls = false
  // The rest that every try gets; the service would wait for a minute.
  for (const name of await list.names('requeue')) await utimes(list.path('requeue', name), 0, 0)
  await house.start({ firstRetryMs: 50 })
  await until(() => sink.taken.length === 3)
  assert.deepEqual(sink.recipients(), ['ann@example.org', 'bob@example.net', 'cat@sub.example.org'])
})

test('hand edits are named in the log: mistyped names, useless values, lists that come and go', async () => {
  await using house = await serviceHouse()
  const list = await house.list({ address: 'talk@example.org' })
  using heard = hearEvents()
  const service = await house.start()
  await service.runNow()
  await pause(150)
  const wants = async (line: RegExp) =>
    await until(
      () => heard.lines.some((one) => line.test(one)),
      5_000,
      () => String(line),
    )
  await list.write('control/footr', 'bye\n')
  await wants(/^setting-ignored .*control\/footr.*footer may be meant/)
  await list.write('control/maxmailsize', 'ten\n')
  await wants(/^setting-ignored .*control\/maxmailsize.*no whole number/)
  await list.write('control/notifymod', '')
  await list.write('control/nosubmodmails', '')
  await wants(/^setting-ignored .*control\/nosubmodmails.*no effect without submod/)
  await mkdir(join(house.spoolDir, 'example.net'))
  const below = await house.list({ address: 'news@example.net' })
  await rename(below.dir, join(house.spoolDir, 'example.net', 'news'))
  await wants(/^list-appeared list=".*\/example\.net\/news"/)
  await rm(join(house.spoolDir, 'example.net'), { recursive: true })
  await wants(/^list-vanished list=".*\/example\.net\/news"/)
  assert.match((await list.read('mlmmj-ts.log')) ?? '', /control\/footr/)
})

test('what an event missed a sweep finds', async () => {
  await using sink = await startSink()
  await using house = await serviceHouse()
  const list = await house.list({ port: sink.port })
  using heard = hearEvents()
  const service = await house.start({ sweepMs: 3_600_000 })
  await service.runNow()
  // A directory put in the place of the watched one: no watch tells of what happens in it.
  await rename(list.path('incoming'), list.path('incoming.old'))
  await mkdir(list.path('incoming'))
  await list.write('incoming/0123456789abcdef', laid)
  await service.runNow()
  await sink.waitFor(3)
  assert.equal(heard.lines.filter((line) => line.startsWith('list-appeared')).length, 0)
})

test('maps say which lists there are, soon after they change', async () => {
  await using house = await serviceHouse()
  await house.list({ address: 'talk@example.org' })
  await house.start()
  const virtual = join(house.spoolDir, '..', 'virtual')
  const has = async (word: string) =>
    await readFile(virtual, 'latin1').then(
      (text) => text.includes(word),
      () => false,
    )
  await until(() => has('talk@example.org'))
  await house.list({ address: 'news@example.org' })
  await until(() => has('news@example.org'), 2_000)
})

test('it says why it is not ready', async () => {
  await using house = await serviceHouse()
  await house.list({ address: 'talk@example.org' })
  const service = await house.start()
  assert.deepEqual(await service.ready(), [])
  await rename(house.spoolDir, `${house.spoolDir}.away`)
  await writeFile(house.spoolDir, '')
  assert.match((await service.ready()).join(), /spool .* is no directory/)
  await rm(house.spoolDir)
  assert.match((await service.ready()).join(), /is not there.*install -d /)
  await rename(`${house.spoolDir}.away`, house.spoolDir)
  await service.end()
  assert.match((await service.ready()).join(), /LMTP cannot be reached/)
})

test('of several services on one spool, one runs maintenance each time', async () => {
  await using house = await serviceHouse()
  const list = await house.list({ address: 'talk@example.org' })
  using heard = hearEvents()
  const runs = () => heard.lines.filter((line) => line.startsWith('maintenance-finished')).length
  const first = await house.start()
  await until(() => runs() === 1)
  await first.runNow()
  assert.equal(runs(), 2)
  // Another one finds that it was done a moment ago.
  await house.start()
  await pause(200)
  assert.equal(runs(), 2)
  assert.match((await list.read('mlmmj-maintd.lastrun.log')) ?? '', /Starting maintenance run/)
})

test('maintenance that is held by another is not run, and is stale after its time', async () => {
  await using house = await serviceHouse()
  await house.list({ address: 'talk@example.org' })
  using heard = hearEvents()
  const lock = await takeLock(house.spoolDir, 'maintenance')
  let now = Date.now()
  const real = openHouse(readConfig({}))
  const options = {
    house: { ...real, chance: { ...real.chance, now: () => now } },
    spoolDir: house.spoolDir,
  }
  const maintenance = keepMaintained(options)
  await maintenance.runNow()
  assert.equal(heard.lines.filter((line) => line.startsWith('maintenance-finished')).length, 0)
  assert.equal(await maintenance.staleness(), undefined)
  now += 4 * 3_600_000
  assert.match((await maintenance.staleness()) ?? '', /not been finished for 240 minutes/)
  await lock.release()
  await maintenance.runNow()
  assert.equal(await maintenance.staleness(), undefined)
  await maintenance.close()
})

test('many mails at once are all stored, and delivered once each', async () => {
  await using sink = await startSink()
  await using house = await serviceHouse()
  await house.list({ port: sink.port, subscribers: ['ann@example.org'] })
  await house.list({
    address: 'news@example.org',
    port: sink.port,
    subscribers: ['joe@example.org'],
  })
  const service = await house.start()
  const numbers = Array.from({ length: 100 }, (_, at) => at)
  for (let at = 0; at < numbers.length; at += 20)
    await Promise.all(
      numbers
        .slice(at, at + 20)
        .map(
          async (n) =>
            await post(service, n % 2 ? 'talk@example.org' : 'news@example.org', `n${n}`),
        ),
    )
  await until(
    () => sink.taken.length >= numbers.length,
    30_000,
    () => `${sink.taken.length} mails`,
  )
  const subjects = sink.taken.map(({ mail }) => /^Subject: (.*)\r$/m.exec(mail.toString())?.[1])
  assert.equal(new Set(subjects).size, numbers.length)
  assert.equal(sink.taken.length, numbers.length)
})
