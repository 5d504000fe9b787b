/** A maintenance run over a list with nothing to do costs little, and still does all that is due. */
import assert from 'node:assert/strict'
import { link, mkdir, rm, stat, utimes } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { maintd } from '../../src/commands/maintd.ts'
import { tryCommand } from '../../src/commands/_trial.ts'
import { tryLock } from '../../src/spool/lock.ts'
import { scratchList, type ListSetup, type ScratchList } from '../_list.ts'

const log = 'mlmmj-maintd.lastrun.log'

async function maintain(list: ScratchList): Promise<string> {
  const { exit, stdout, stderr } = await tryCommand(maintd, ['-F', '-L', list.dir])
  assert.deepEqual([exit, stdout], [0, ''])
  return stderr
}

/** The log of a run, without its time. */
async function logged(list: ScratchList): Promise<string> {
  return ((await list.read(log)) ?? '').replace(/(?<= run at ).*/, 'some time')
}

async function writeOld(list: ScratchList, path: string, hours: number): Promise<void> {
  await list.write(path, 'left behind')
  const then = Date.now() / 1_000 - hours * 3_600
  await utimes(list.path(path), then, then)
}

const kinds: Readonly<Record<string, ListSetup>> = {
  'that never had a post': {},
  'whose posts are all in a digest': {
    files: { index: '7', lastdigest: `7:${Math.floor(Date.now() / 1_000)}:1\n`, 'archive/7': 'x' },
  },
  'without an archive': { control: { noarchive: '' }, files: { index: '7' } },
}

for (const [name, setup] of Object.entries(kinds))
  test(`a list ${name} gets the log of a whole run, and no lock was taken`, async () => {
    await using idle = await scratchList(setup)
    assert.equal(await maintain(idle), '')
    assert.deepEqual(await idle.names('.mlmmj-ts'), [])
    await using busy = await scratchList(setup)
    // Nobody's business, but something to look at.
    await busy.write('bounce/notes', 'x')
    assert.equal(await maintain(busy), '')
    assert.deepEqual(await logged(idle), await logged(busy))
    assert.match(await logged(idle), /run_digests\n( - .*noarchive.*\n)?sweep_leftovers\n$/)
    assert.deepEqual(
      (await idle.names('.')).filter((file) => file.startsWith('maintdlog')),
      [],
    )
    // And again, over the log that is there; a backup's link keeps the one before.
    const first = await idle.read(log)
    await link(idle.path(log), idle.path('backup'))
    await utimes(idle.path(log), 1_000, 1_000)
    await sleep(1_100)
    for (let run = 0; run < 2; run++) {
      assert.equal(await maintain(idle), '')
      assert.notEqual(await idle.read(log), first)
      assert.ok((await stat(idle.path(log))).mtimeMs > Date.now() - 60_000)
      assert.deepEqual(await logged(idle), await logged(busy))
    }
    assert.equal(await idle.read('backup'), first)
  })

const id = '0123456789abcdef'
const leftovers = {
  [`.mlmmj-ts/draft-${id}`]: 2,
  [`maintdlog-${id}`]: 25,
  [`moderation/${id}`]: 24 * 8,
  [`moderation/subscribe/${id}`]: 24 * 8,
  [`queue/discarded/${id}`]: 24 * 8,
  [`queue/${id}`]: 11,
  [`subconf/${id}`]: 24 * 8,
  [`unsubconf/${id}`]: 24 * 8,
  'bounce/gone=example.net': 1,
}

for (const [path, hours] of Object.entries(leftovers))
  test(`what was left behind as ${path} is taken away`, async () => {
    await using list = await scratchList()
    await writeOld(list, path, hours)
    await maintain(list)
    assert.equal(await list.read(path), undefined)
  })

test('an empty directory in requeue goes', async () => {
  await using list = await scratchList()
  await mkdir(list.path('requeue/7'))
  await utimes(list.path('requeue/7'), 1_000, 1_000)
  await maintain(list)
  assert.deepEqual(await list.names('requeue'), [])
})

test('mail in incoming is processed', async () => {
  await using list = await scratchList({ control: { closedlist: '' }, subscribers: [] })
  await list.write(`incoming/${id}`, 'From: ann@example.org\nTo: talk@example.org\n\nHello.\n')
  await maintain(list)
  assert.deepEqual(await list.names('incoming'), [])
})

test('a digest that is due is counted, whether by age or by number', async () => {
  const now = Math.floor(Date.now() / 1_000)
  const cases = [
    ['7', `6:${now}:3\n`, '1', '7'],
    ['7', `7:${now - 604_801}:3\n`, undefined, '7'],
    ['7', `7:${now}:3\n`, '1', '7'],
    ['7', `0:${now - 604_801}:3\n`, undefined, '7'],
  ] as const
  for (const [index, lastdigest, digestmaxmails, lastPost] of cases) {
    const control = digestmaxmails === undefined ? {} : { digestmaxmails }
    await using list = await scratchList({ control, files: { index, lastdigest } })
    await utimes(list.path('index'), 1_000, 1_000)
    await maintain(list)
    const written = await list.read('lastdigest')
    assert.equal(written?.split(':')[0], lastPost)
    const isDue = !lastdigest.startsWith(`7:${now}:`)
    assert.equal(written !== lastdigest, isDue)
  }
})

test('what is wrong with an idle list is told', async () => {
  await using list = await scratchList()
  await rm(list.path('moderation'), { recursive: true })
  assert.match(await maintain(list), /finish_releases: moderation cannot be used now \(ENOENT\)/)
  await using unnumbered = await scratchList()
  await unnumbered.remove('index')
  assert.match(await maintain(unnumbered), /run_digests: index holds no number/)
  await using nameless = await scratchList({ control: { listaddress: '\n' } })
  assert.match(await maintain(nameless), /listaddress holds no address/)
  await using odd = await scratchList({ control: { digestinterval: 'soon\n' } })
  await maintain(odd)
  assert.match((await odd.read('mlmmj-ts.log')) ?? '', /setting-ignored .*digestinterval/)
})

test('an idle list that another run is at is left alone', async () => {
  await using list = await scratchList()
  const lock = await tryLock(list.dir, 'maintenance')
  assert.match(await maintain(list), /another run is at it/)
  assert.equal(await list.read(log), undefined)
  await lock?.release()
  assert.equal(await maintain(list), '')
  assert.match(await logged(list), /Starting maintenance run/)
})
