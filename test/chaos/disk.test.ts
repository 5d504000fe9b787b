import assert from 'node:assert/strict'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchList, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, ours, run, type Ended, type RunOptions } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { until } from '../_until.ts'
import { greeted } from '../house/_lmtp-client.ts'
import { ServiceHouse } from '../house/_service-house.ts'
import { campaign } from './_campaign.ts'
import { suffering } from './_plan.ts'
import { smallDisk, type SmallDisk } from './_small-disk.ts'
import { stepsOf } from './_strike.ts'
import { subjects } from './_subjects.ts'

const large = post({ body: 'a line that takes room\n'.repeat(4_000) })

function receive(list: ScratchList, options: RunOptions = {}): Promise<Ended> {
  const args = ['-P', '-L', list.dir, '-s', 'joe@example.org']
  return command(ours, 'mlmmj-receive', args, { stdin: post(), ms: 60_000, ...options })
}

async function mails(list: ScratchList): Promise<readonly string[]> {
  return (await list.names('incoming')).filter((name) => !name.includes('.'))
}

test('calls that fail, and a slow disk, lose nothing in any of our programs', async () => {
  const { complaints } = await campaign({
    ...{ subjects, seed: 20_261_128, kills: 0, named: 0, troubles: 40 },
  })
  assert.deepEqual(complaints, [])
})

test('a mail whose storing fails at any step is not taken, and is there once when it is tried again', async () => {
  const names = await stepsOf(async (log) => {
    await using list = await scratchList()
    await receive(list, { env: suffering({ below: `${list.dir}/`, log }) })
  })
  for (const name of new Set(names.filter((step) => !step.includes('mlmmj-ts.log')))) {
    const codes = name.startsWith('write') ? ['ENOSPC', 'EIO'] : ['EACCES']
    for (const code of codes) {
      await using list = await scratchList()
      const at = `^${name.replace(/[^\w ]/g, '\\$&')}$`
      const fail = { at, code, while: list.path('control/listaddress') }
      const { code: exit, stderr } = await receive(list, {
        env: suffering({ below: `${list.dir}/`, fail }),
      })
      const taken = (await mails(list)).length
      assert.deepEqual(
        [exit, taken],
        exit === 0 ? [0, 1] : [75, 0],
        `${code} at ${name}: ${stderr}`,
      )
      if (exit === 75) assert.match(stderr, /^4\.3\.[01] /, `${code} at ${name}`)
      if (exit === 75) assert.equal((await receive(list)).code, 0)
      assert.equal((await mails(list)).length, 1, `${code} at ${name}`)
    }
  }
})

test('with few file descriptors a mail is taken or put off', async () => {
  await using list = await scratchList()
  let taken = 0
  for (let most = 14; most < 34; most += 2) {
    const args = [`--nofile=${most}:${most}`, join(ours.bin, 'mlmmj-receive'), '-P', '-L', list.dir]
    const { code, stderr } = await run('prlimit', args, { stdin: post(), ms: 60_000 })
    assert.ok(code === 0 || code === 75, `${most} descriptors: ${code} ${stderr}`)
    if (code === 0) taken++
    assert.equal((await mails(list)).length, taken)
  }
  assert.ok(taken > 0)
})

test('a directory that lost its permissions puts mail off, and no longer when it has them back', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can become the owner of a list')
  await using list = await scratchList()
  const nobody = { uid: 65_534, gid: 65_534 }
  await chmod(join(list.dir, '..'), 0o755)
  await list.giveTo(nobody.uid, nobody.gid)
  for (const place of ['incoming', 'control', '.']) {
    await chmod(list.path(place), 0)
    const { code, stderr } = await receive(list, nobody)
    assert.equal(code, 75, `${place}: ${stderr}`)
    await chmod(list.path(place), 0o755)
    assert.equal((await receive(list, nobody)).code, 0, place)
  }
  assert.equal((await mails(list)).length, 3)
})

/** A disk of 1 MB; said and passed over where we may not mount. */
async function onSmallDisk(
  t: TestContext,
  play: (disk: SmallDisk) => Promise<void>,
): Promise<void> {
  await using disk = await smallDisk(1_000_000)
  if (disk === undefined) t.diagnostic('mounting is refused here: only injected errors were tried')
  else await play(disk)
}

test('a full disk puts mail off, keeps what it has, and goes on when there is room', (t) =>
  onSmallDisk(t, async (disk) => {
    await using sink = await startSink()
    const list = await scratchList({ port: sink.port, below: disk.dir })
    assert.equal((await receive(list, { stdin: large })).code, 0)
    // There is no room for the copy that is made of it, and soon for nothing at all.
    for (const left of [60_000, 8_000, 0]) {
      await disk.fill(left)
      const { code, stderr } = await receive(list, { stdin: large })
      assert.equal(code, 75, stderr)
      assert.match(stderr, /^4\.3\.1 .*no room/)
      await command(ours, 'mlmmj-process', ['--worker', '-L', list.dir], { ms: 60_000 })
      await command(ours, 'mlmmj-maintd', ['-F', '-L', list.dir], { ms: 60_000 })
      const { code: joining } = await command(ours, 'mlmmj-sub', ['-L', list.dir, '-a', 'x@a.test'])
      assert.ok(joining === 75 || left > 0, `${left}: mlmmj-sub ended with ${joining}`)
      assert.equal((await list.members()).filter((who) => who.startsWith('ann')).length, 1)
    }
    await disk.relieve()
    assert.equal((await receive(list, { stdin: large })).code, 0)
    const end = await command(ours, 'mlmmj-maintd', ['-F', '-L', list.dir], { ms: 60_000 })
    assert.deepEqual([end.code, end.stderr], [0, ''])
    assert.equal((await list.archive()).size, 2)
    const ann = sink.recipients().filter((who) => who.startsWith('ann'))
    assert.equal(ann.length, 2)
    assert.deepEqual(await list.names('incoming'), [])
  }))

test('a disk that becomes read-only puts mail off, and no longer when it can be written', (t) =>
  onSmallDisk(t, async (disk) => {
    await using sink = await startSink()
    const list = await scratchList({ port: sink.port, below: disk.dir })
    assert.equal((await receive(list)).code, 0)
    await disk.readOnly(true)
    const { code, stderr } = await receive(list)
    assert.deepEqual([code, stderr.slice(0, 6)], [75, '4.3.0 '])
    for (const [name, ...args] of [
      ['mlmmj-process', '--worker'],
      ['mlmmj-sub', '-a', 'x@a.test'],
      ['mlmmj-unsub', '-a', 'ann@example.org'],
    ] as const) {
      const ended = await command(ours, name, ['-L', list.dir, ...args], { ms: 60_000 })
      assert.equal(ended.code, 75, `${name}: ${ended.stderr}`)
    }
    await disk.readOnly(false)
    await command(ours, 'mlmmj-process', ['--worker', '-L', list.dir], { ms: 60_000 })
    assert.equal(sink.recipients().length, 3)
  }))

test('the service answers 4xx while its disk is full or read-only, and recovers by itself', (t) =>
  onSmallDisk(t, async (disk) => {
    await using sink = await startSink()
    await mkdir(join(disk.dir, 'house'))
    await using house = new ServiceHouse(join(disk.dir, 'house'))
    const list = await house.list({ port: sink.port })
    const service = await house.start({ sweepMs: 200, firstRetryMs: 200 })
    const offer = async () => {
      await using client = await greeted(service.ports.lmtp)
      return (await client.post(['talk@example.org'], large.replaceAll('\n', '\r\n')))[0] ?? ''
    }
    const everybody = (posts: number) =>
      until(
        async () => sink.taken.length === 3 * posts && (await list.names('incoming')).length === 0,
        60_000,
        () => `${posts} posts, not ${sink.taken.length} mails`,
      )
    assert.match(await offer(), /^250 /)
    await everybody(1)
    // Room for the mail, and not for the copy that is made of it: it is taken, and waits.
    await disk.fill(150_000)
    assert.match(await offer(), /^250 /)
    assert.match(await offer(), /^452 4\.3\.1 /)
    await disk.relieve()
    await everybody(2)
    await disk.readOnly(true)
    assert.match(await offer(), /^451 4\.3\.0 /)
    await disk.readOnly(false)
    assert.match(await offer(), /^250 /)
    await everybody(3)
    assert.equal((await list.archive()).size, 3)
  }))
