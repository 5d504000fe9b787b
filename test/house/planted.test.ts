import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { checkList } from '../../src/flows/check-list.ts'
import { drainIncoming } from '../../src/flows/drain-incoming.ts'
import type { House } from '../../src/flows/house.ts'
import { logEventsTo } from '../../src/flows/log-events.ts'
import { deliverPending } from '../../src/flows/pending.ts'
import { receive } from '../../src/flows/receive.ts'
import { openTextSite, renewText } from '../../src/flows/renew-text.ts'
import { maintain } from '../../src/flows/upkeep.ts'
import { scratchList, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { startSink } from '../_sink.ts'
import {
  filesWithSecret,
  inTime,
  lookOutside,
  makeOutside,
  plants,
  quickRoom,
  secret,
  whilePlanted,
  type Plant,
} from './_planted.ts'

/*
 * Whoever can write into a list's directory puts something strange where a file is expected. Nothing
 * hangs, nothing is read without bound, nothing behind a link is told or changed, and when the strange
 * thing is gone the list works.
 */

const cookie = '0123456789abcdef'
const other = 'fedcba9876543210'
const later = Date.UTC(2030, 0, 1)

interface Scene {
  readonly house: House
  readonly list: ScratchList
}

type Deed = (scene: Scene) => Promise<unknown>

async function mail({ house, list }: Scene, extension: string, text: string): Promise<void> {
  const arrival = { sender: 'ann@example.org', extension }
  await receive(house, list.dir, oneChunk(text), arrival)
  await drainIncoming(house, list.dir)
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1')
}

const letter = post({ from: 'ann@example.org', sender: null })
const asks =
  (extension: string): Deed =>
  (scene) =>
    mail(scene, extension, letter)
const posts = asks('')
const drains: Deed = ({ house, list }) => drainIncoming(house, list.dir)
const delivers: Deed = ({ house, list }) => deliverPending(house, list.dir)
const maintains: Deed = ({ house, list }) =>
  maintain({ ...house, chance: { ...house.chance, now: () => later } }, list.dir)
const checkedPosts: Deed = async (scene) => {
  await scene.list.write('control/bouncecheck', '')
  await posts(scene)
}
const bounces = asks('bounces-1-bob=example.net')
const renews: Deed = async ({ house, list }) => {
  const site = await openTextSite(house, '/nonexistent')
  return await renewText(house, site, list.dir, { language: 'de', force: true, dryRun: false })
}

const getsSeven = asks('get-7')
const mayBeLarge =
  /^(incoming\/[0-9a-f]{16}$|archive\/|requeue\/[78]\/|moderation\/[0-9a-f]{16}(\.sending)?$|\.mlmmj-ts\/lock-list\/)/

/** Where something is planted, what makes us open it, and whether links are followed there by design. */
const places: readonly (readonly [path: string, deed: Deed, links?: 'followed'])[] = [
  [`incoming/${other}`, drains],
  [`incoming/${cookie}.envelope`, drains],
  [`queue/${cookie}`, delivers],
  [`queue/${cookie}.mailfrom`, delivers],
  [`queue/${cookie}.reciptto`, delivers],
  [`queue/${cookie}.reply-to`, delivers],
  [`queue/discarded`, maintains],
  ['requeue/7', delivers],
  ['requeue/7/subscribers', delivers],
  ['requeue/8/mailfile', delivers],
  ['archive/7', delivers],
  ['archive/7', getsSeven],
  ['archive/9', maintains],
  ['index', posts],
  ['index', maintains],
  ['lastdigest', maintains],
  [`subconf/${cookie}`, asks(`confsub-${cookie}`)],
  [`unsubconf/${cookie}`, asks(`confunsub-${cookie}`)],
  [`moderation/${cookie}`, asks(`release-${cookie}`)],
  [`moderation/${cookie}`, asks(`reject-${cookie}`)],
  [`moderation/${cookie}.sending`, maintains],
  [`moderation/${cookie}.omit`, asks(`release-${cookie}`)],
  [`moderation/subscribe${cookie}`, asks(`permit-${cookie}`)],
  ['bounce/bob=example.net', bounces],
  ['bounce/bob=example.net', maintains],
  ['bounce/bob=example.net-probe', maintains],
  ['bounce/bob=example.net.lastmsg', bounces],
  ['subscribers.d/b', posts, 'followed'],
  ['subscribers.d/a', asks('subscribe'), 'followed'],
  ['digesters.d/b', maintains, 'followed'],
  ['control/footer', posts, 'followed'],
  ['control/access', posts, 'followed'],
  ['control/prefix', posts, 'followed'],
  ['control/listaddress', posts, 'followed'],
  ['control/noarchive', ({ list }) => checkList(list.dir), 'followed'],
  ['control/included', asks('help'), 'followed'],
  ['text/included', asks('help'), 'followed'],
  ['text/faq', asks('faq'), 'followed'],
  ['text/faq', renews, 'followed'],
  ['text.old', renews],
  ['.mlmmj-ts', posts],
  ['.mlmmj-ts/lock-list', posts],
  ['.mlmmj-ts/lock-list/9007199254740990', posts],
  ['.mlmmj-ts/texts.json', renews],
  ['.mlmmj-ts/bounce-key', checkedPosts],
  ['.mlmmj-ts/lately-answers', asks('help')],
  ['.mlmmj-ts/lately-posts', posts],
  ['mlmmj-ts.log', posts],
  ['mlmmj.operation.log', getsSeven, 'followed'],
  ['mlmmj-maintd.lastrun.log', maintains],
]

/** A list with something in every place that a deed looks at. */
async function setScene(list: ScratchList): Promise<void> {
  const reply = 'From: talk@example.org\nTo: bob@example.net\nSubject: hi\n\nhello\n'
  const at = (seconds: number) => `:${seconds} # Sat Nov 21 12:00:00 2026\n`
  const files = {
    index: '9',
    lastdigest: '6:1700000000:1\n',
    'archive/7': letter,
    'archive/8': letter,
    'archive/9': letter,
    [`incoming/${cookie}`]: letter,
    [`queue/${cookie}`]: reply,
    [`queue/${cookie}.mailfrom`]: 'talk+bounces@example.org',
    [`queue/${cookie}.reciptto`]: 'bob@example.net',
    'requeue/7/subscribers': 'bob@example.net\n',
    'requeue/8/subscribers': 'bob@example.net\n',
    'requeue/8/mailfile': letter,
    [`moderation/${cookie}`]: letter,
    'bounce/bob=example.net': `1${at(1_700_000_000)}`,
    'text/help': 'Subject: help\n\n%text included%\n%control included%\nbye\n',
  }
  for (const [path, content] of Object.entries(files)) await list.write(path, content)
  await list.remove('moderation/subscribe')
}

for (const plant of Object.keys(plants) as Plant[])
  test(`${plant} in the place of a file stops nothing and tells nothing`, async () => {
    const scratch = await mkdtemp(join(quickRoom(), 'mlmmj-planted-'))
    const outside = join(scratch, 'outside')
    await makeOutside(outside)
    const before = await lookOutside(outside)
    await using sink = await startSink()
    const house = openHouse(readConfig({ MLMMJ_TEXTS: join(process.cwd(), 'texts') }))
    const memory = process.memoryUsage().rss
    for (const [path, deed, links] of places) {
      // There what a link leads to is the list's own, as with mlmmj.
      if (links === 'followed' && /^a link to (a file|nothing)/.test(plant)) continue
      // Mails and queues may be large: they take time, and little memory. A lock is waited for.
      if (plant === 'a gibibyte of nothing' && mayBeLarge.test(path) && deed !== getsSeven) continue
      await using list = await scratchList({ port: sink.port, below: join(scratch, 'spool') })
      await setScene(list)
      const stopLog = logEventsTo(house, list.dir)
      const planted = list.path(path)
      const what = `${plant} at ${path}`
      try {
        await whilePlanted(planted, plant, outside, async () => {
          await inTime(planted, 10_000, deed({ house, list })).catch((thrown: unknown) =>
            assert.fail(`${what}: ${String(thrown)}`),
          )
          assert.equal(filesWithSecret(list.dir), '', what)
        })
        assert.deepEqual(await lookOutside(outside), before, what)
      } finally {
        stopLog()
      }
      const grown = process.memoryUsage().rss - memory
      assert.ok(grown < 400_000_000, `${what}: ${grown} bytes more`)
    }
    for (const { mail } of sink.taken) {
      assert.ok(!mail.includes(secret), plant)
      // A control file is read as far as 1 MiB, and a byte of control/prefix may need four.
      assert.ok(mail.length < 5_000_000, `${plant}: a mail of ${mail.length} bytes`)
    }
    await rm(scratch, { recursive: true, force: true })
  })

test('a list works when what was planted is gone', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port, subscribers: ['bob@example.net'] })
  const house = openHouse(readConfig({ MLMMJ_TEXTS: join(process.cwd(), 'texts') }))
  await whilePlanted(list.path('index'), 'a FIFO', list.dir, async () => {
    await posts({ house, list })
    assert.equal((await list.names('incoming')).filter((name) => !name.includes('.')).length, 1)
  })
  await drains({ house, list })
  assert.deepEqual(sink.recipients(), ['bob@example.net'])
  assert.deepEqual(await list.names('incoming'), [])
})
