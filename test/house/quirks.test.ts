/**
 * What mlmmj does oddly and we do not, where no other test shows it; and what is odd and stays so.
 * The whole list is docs/compatibility.md.
 */
import assert from 'node:assert/strict'
import { chmod, chown, mkdir, stat } from 'node:fs/promises'
import { test } from 'node:test'
import { realChance } from '../../src/base/chance.ts'
import { scratchList, threeSubscribers, type ScratchList } from '../_list.ts'
import { post, type PostParts } from '../_mail.ts'
import { command, ours } from '../_program.ts'
import { startSink, type Sink } from '../_sink.ts'

async function receive(list: ScratchList, parts: PostParts, env = {}): Promise<void> {
  const args = ['-F', '-L', list.dir]
  const { code, stderr } = await command(ours, 'mlmmj-receive', args, { stdin: post(parts), env })
  assert.equal(code, 0, stderr)
}

async function maintain(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await command(ours, 'mlmmj-maintd', ['-F', ...args])
  assert.equal(code, 0, stderr)
}

function bodyOf(sink: Sink): string {
  const text = sink.taken[0]?.mail.toString('latin1') ?? ''
  return text.slice(text.indexOf('\r\n\r\n') + 4).replaceAll('\r\n', '\n')
}

/** What +help answers when the list's texts are these. */
async function helped(texts: Readonly<Record<string, string>>): Promise<string> {
  await using sink = await startSink()
  const files = Object.entries(texts).map(([name, text]) => [`text/${name}`, text] as const)
  await using list = await scratchList({ port: sink.port, files: Object.fromEntries(files) })
  await receive(list, { to: 'talk+help@example.org' })
  await sink.waitFor(1)
  return bodyOf(sink)
}

test('ids are drawn from the whole range of 64 bits', () => {
  const ids = Array.from({ length: 1_000 }, () => realChance.id())
  assert.equal(new Set(ids).size, ids.length)
  for (let place = 0; place < 16; place++)
    assert.equal(new Set(ids.map((id) => id.charAt(place))).size, 16)
})

test('a request that is ignored is in the log, with the reason', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  await receive(list, { to: 'talk+nonsense@example.org' })
  assert.match((await list.read('mlmmj-ts.log')) ?? '', /request-ignored .*nonsense is no command/)
})

test('mlmmj-receive -e says more than the environment', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  const args = ['-F', '-L', list.dir, '-e', 'help']
  const env = { DEFAULT: 'faq' }
  await command(ours, 'mlmmj-receive', args, { stdin: post({ to: 'else@example.net' }), env })
  await sink.waitFor(1)
  const { stdout } = await command(ours, 'mlmmj-list', ['-L', list.dir, '-c'])
  assert.equal(stdout.trim(), '3')
  assert.match((await list.read('mlmmj.operation.log')) ?? '', /joe@example.org requested help/)
})

test('a release that was interrupted is finished by maintenance', async () => {
  await using sink = await startSink()
  await using list = await scratchList({
    port: sink.port,
    files: { 'moderation/00000000000000aa.sending': post({ sender: null }) },
  })
  await maintain('-L', list.dir)
  assert.deepEqual(sink.recipients(), threeSubscribers)
  assert.deepEqual(await list.names('moderation'), [])
  assert.equal((await list.archive()).size, 1)
})

test('mlmmj-send -a sends to everybody and archives nothing', async () => {
  await using sink = await startSink()
  await using list = await scratchList({
    port: sink.port,
    files: { 'queue/00000000000000aa': post({ sender: null }) },
  })
  const args = ['-L', list.dir, '-a', '-m', list.path('queue/00000000000000aa')]
  const { code, signal } = await command(ours, 'mlmmj-send', args)
  assert.deepEqual([code, signal], [0, null])
  assert.deepEqual(sink.recipients(), threeSubscribers)
  assert.deepEqual(await list.names('archive'), [])
})

test('a directory with the name of a text is no text', async () => {
  await using sink = await startSink()
  await using list = await scratchList({ port: sink.port })
  await mkdir(list.path('text/help'))
  await receive(list, { to: 'talk+help@example.org' })
  await sink.waitFor(1)
  assert.ok(bodyOf(sink).length > 100)
})

test('a list without texts refuses in our words', async () => {
  await using sink = await startSink()
  await using list = await scratchList({
    port: sink.port,
    control: { modonlypost: '', moderators: 'mod@example.net\n' },
  })
  await list.remove('text')
  await receive(list, {})
  await sink.waitFor(1)
  assert.deepEqual(sink.recipients(), ['joe@example.org'])
})

/** Texts in which both versions of mlmmj crash, and some that are odd and stay so. */
const odd: readonly (readonly [title: string, texts: Record<string, string>, body: string])[] = [
  [
    'a blank before the closing percent sign does no harm',
    { help: 'Subject: T\n\na %ifcontrol nope %b%endif% c\nend\n' },
    'a  c\nend\n',
  ],
  [
    'a text that is included in a running paragraph does no harm',
    {
      help: 'Subject: T\n\n%wrap 20%one two %text inc%\nend\n',
      inc: 'three four five six\nseven\n',
    },
    'one two three four\n        five six\n        seven end\n',
  ],
  [
    'what is printed is not scanned again in front of an included line',
    { help: 'Subject: T\n\n%%list%% %text inc%\n', inc: 'one\ntwo\n' },
    '%list% one\n       two\n',
  ],
  [
    'a skipped line of an indented text leaves its indentation',
    {
      help: 'Subject: T\n\n    %text inc%\n',
      inc: 'i1\n%ifcontrol nope%\ns1\ns2\n%endif%\ni2\n',
    },
    '    i1\n    \n    \n    i2\n',
  ],
  [
    'a ban on line breaks lasts until the next blank',
    { help: 'Subject: T\n\n%wrap 9%aaa b\\=b ccc ddd\n' },
    'aaa\nbb ccc\nddd\n',
  ],
]

for (const [title, texts, body] of odd)
  test(title, async () => assert.equal(await helped(texts), body))

const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root' }

test('mlmmj-maintd -d as root works on each list as its owner', asRoot, async () => {
  await using sink = await startSink()
  await using parent = await scratchList({ address: 'all@example.org' })
  await chmod(parent.path('..'), 0o755)
  const record = '12:1700000000 # Tue Nov 14 22:13:20 2023\n'
  for (const [name, uid] of [
    ['one', 61_001],
    ['two', 61_002],
  ] as const) {
    const below = parent.path('lists')
    const list = await scratchList({ address: `${name}@example.org`, port: sink.port, below })
    await list.write('bounce/bob=example.net', record)
    await list.giveTo(uid, uid)
    // mlmmj 1.5 as root leaves such a file; its owner cannot read it any more.
    await chown(list.path('subscribers.d/a'), 0, 0)
    await chmod(list.path('subscribers.d/a'), 0o600)
  }
  await maintain('-d', parent.path('lists'))
  for (const [name, uid] of [
    ['one', 61_001],
    ['two', 61_002],
  ] as const)
    for (const file of ['subscribers.d/a', 'mlmmj-maintd.lastrun.log'])
      assert.equal((await stat(parent.path('lists', name, file))).uid, uid, `${name}/${file}`)
  await assert.rejects(stat(parent.path('lists/one/subscribers.d/b')), { code: 'ENOENT' })
})
