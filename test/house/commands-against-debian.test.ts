import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { command, debian, ours, withoutDebian, type House } from '../_program.ts'
import { startSink, type Sink } from '../_sink.ts'

interface Scenario {
  readonly title: string
  readonly control?: Readonly<Record<string, string>>
  readonly digesters?: readonly string[]
  readonly nomail?: readonly string[]
  /** Program and arguments, without the list; the subscribers are ann, bob and cat (test/_list.ts). */
  readonly steps: readonly (readonly [program: string, ...args: readonly string[]])[]
  readonly mails?: number
  /** Why our exit codes are others, when they are. */
  readonly otherExits?: string
}

const ann = ['-a', 'ANN@Example.org'] as const
const neu = ['-a', 'New@Example.org'] as const

const scenarios: readonly Scenario[] = [
  { title: 'sub adds', steps: [['sub', ...neu, '-q', '-s']] },
  { title: 'sub adds to digests', steps: [['sub', ...neu, '-d']] },
  { title: 'sub adds without mail', steps: [['sub', ...neu, '-n']] },
  { title: 'sub adds to both', steps: [['sub', ...neu, '-b']] },
  { title: 'sub says already', steps: [['sub', ...ann]], mails: 1 },
  { title: 'sub is silent about already', steps: [['sub', ...ann, '-s']] },
  { title: 'sub moves to digests', steps: [['sub', ...ann, '-d', '-c']], mails: 1 },
  { title: 'sub moves to nomail', steps: [['sub', ...ann, '-nc']], mails: 1 },
  { title: 'sub extends to both', steps: [['sub', ...ann, '-bc']], mails: 1 },
  {
    title: 'sub reduces both',
    digesters: ['ann@example.org'],
    steps: [['sub', ...ann, '-d']],
  },
  {
    title: 'sub moves from nomail',
    nomail: ['new@example.org'],
    steps: [['sub', ...neu, '-b']],
  },
  { title: 'sub welcomes', steps: [['sub', ...neu, '-c']], mails: 1 },
  { title: 'sub welcomes a confirmation', steps: [['sub', ...neu, '-dRc']], mails: 1 },
  {
    title: 'sub tells the owner',
    control: { notifysub: '' },
    steps: [['sub', ...neu, '-c']],
    mails: 2,
  },
  { title: 'sub tells no owner', control: { notifysub: '' }, steps: [['sub', ...neu, '-q']] },
  { title: 'sub asks', steps: [['sub', ...neu, '-C']], mails: 1 },
  { title: 'sub asks about digests', steps: [['sub', ...neu, '-dCr']], mails: 1 },
  {
    title: 'sub holds for two gatekeepers',
    control: { submod: 'g1@example.net\ng2@example.net\n' },
    steps: [['sub', ...neu, '-d']],
    mails: 3,
  },
  {
    title: 'sub holds without a word to the subscriber, for the owner',
    control: { submod: '', nosubmodmails: '' },
    steps: [['sub', ...neu]],
    mails: 1,
  },
  {
    title: 'sub is forced',
    control: { submod: 'g1@example.net\n' },
    steps: [['sub', ...neu, '-f']],
  },
  { title: 'unsub removes', steps: [['unsub', ...ann]] },
  {
    title: 'unsub removes from everything',
    digesters: ['ann@example.org'],
    nomail: ['Ann@example.org', 'alf@example.org'],
    steps: [['unsub', ...ann, '-c']],
    mails: 1,
  },
  {
    title: 'unsub removes from digests only',
    digesters: ['ann@example.org'],
    steps: [['unsub', ...ann, '-d']],
  },
  {
    title: 'unsub removes from the normal version only',
    digesters: ['ann@example.org'],
    steps: [['unsub', ...ann, '-N']],
  },
  { title: 'unsub says not subscribed', steps: [['unsub', ...neu]], mails: 1 },
  { title: 'unsub is silent about it', steps: [['unsub', ...neu, '-s']] },
  { title: 'unsub asks', steps: [['unsub', ...ann, '-Cr']], mails: 1 },
  {
    title: 'unsub tells the owner',
    control: { notifysub: '' },
    steps: [['unsub', ...ann]],
    mails: 1,
  },
  {
    title: 'both join and leave, in every spelling',
    steps: [
      ['sub', '-anew@example.org', '-dqs'],
      ['sub', '-sqa', 'Zoe@example.net'],
      ['sub', '-s', '-a', '-dash@example.org'],
      ['unsub', '-qsa', 'ZOE@EXAMPLE.NET'],
      ['list'],
      ['list', '-d'],
      ['list', '-dc'],
      ['list', '-dn', '-s'],
      ['list', '-o'],
      ['list', '-m', '-c'],
      ['list', '-Z', '-c'],
    ],
  },
  { title: 'nothing given', steps: [['sub'], ['unsub']], otherExits: '64, as sysexits.h says' },
  {
    title: 'two versions at once',
    steps: [
      ['sub', ...neu, '-dn'],
      ['unsub', ...ann, '-dn'],
    ],
    otherExits: '64, as sysexits.h says',
  },
  {
    title: 'asked and confirmed at once',
    steps: [
      ['sub', ...neu, '-CR'],
      ['unsub', ...ann, '-Cc'],
    ],
    otherExits: '64, as sysexits.h says',
  },
  {
    title: 'no address',
    steps: [['sub', '-a', 'nobody', '-q']],
    otherExits: '65; 1.3 does nothing and ends with 0',
  },
]

/** As special as those that either side brings along, which would come before shorter names. */
const texts = ['confirm', 'deny', 'finish', 'notify']
  .flatMap((purpose) => [`${purpose}-sub`, `${purpose}-unsub`])
  .concat('gatekeep-sub', 'wait-sub')

/** Plays a scenario; everything that a user or a receiver could see of it. */
async function play(house: House, scenario: Scenario) {
  await using sink = await startSink()
  await using list = await scratchList({ ...scenario, port: sink.port })
  for (const name of texts) await list.write(`text/${name}`, 'Subject: it\n\nof $subaddr$\n')
  const exits: (number | null)[] = []
  const listed: string[] = []
  for (const [program, ...args] of scenario.steps) {
    const ended = await command(house, `mlmmj-${program}`, ['-L', list.dir, ...args])
    exits.push(ended.code)
    if (program === 'list') listed.push(ended.stdout.split('\n').sort().join('\n'))
  }
  await sink.waitFor(scenario.mails ?? 0, 5_000)
  const shelf = async (name: string) =>
    Promise.all((await list.names(name)).map((file) => list.read(`${name}/${file}`)))
  return {
    exits,
    seen: {
      listed,
      normal: await list.members('subscribers.d'),
      digest: await list.members('digesters.d'),
      nomail: await list.members('nomailsubs.d'),
      subconf: await shelf('subconf'),
      unsubconf: await shelf('unsubconf'),
      held: await shelf('moderation'),
      mails: envelopes(sink),
    },
  }
}

/** Who was sent what, with the cookies made alike: 1.3 puts the address behind them. */
function envelopes({ taken }: Sink): string[] {
  return taken
    .map(({ from, to, mail }) => {
      const text = mail.toString('latin1')
      const fields = ['From', 'To', 'Reply-To', 'Subject'].map((name) =>
        new RegExp(`^${name}:.*`, 'm').exec(text)?.[0].trim(),
      )
      const body = text.slice(text.indexOf('\r\n\r\n')).trim()
      return [`<${from}> <${to.join()}>`, ...fields, body].join(' | ')
    })
    .map((line) => line.replace(/[0-9a-f]{16}(-[a-z]+=[a-z.]+)?/g, 'COOKIE'))
    .sort()
}

for (const scenario of scenarios)
  test(`${scenario.title}, as mlmmj 1.3`, { skip: withoutDebian }, async () => {
    const [theirs, own] = [await play(debian, scenario), await play(ours, scenario)]
    assert.deepEqual(own.seen, theirs.seen)
    if (scenario.otherExits === undefined) assert.deepEqual(own.exits, theirs.exits)
    else
      assert.ok(
        own.exits.every((exit) => exit === 64 || exit === 65),
        scenario.otherExits,
      )
  })

test(
  'make-ml, told the answers of 1.3, makes what 1.3 makes',
  { skip: withoutDebian },
  async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'make-ml-'))
    try {
      const answers = 'talk\nlists.example.org\nann@example.org\nen\n'
      const made = []
      for (const house of [debian, ours]) {
        const spool = join(scratch, house.name)
        await command(house, 'mlmmj-make-ml', ['-s', spool], { stdin: answers })
        const files = ['control/listaddress', 'control/owner', 'index']
        made.push(
          await Promise.all(files.map((name) => readFile(join(spool, 'talk', name), 'latin1'))),
        )
        await command(house, 'mlmmj-sub', ['-L', join(spool, 'talk'), '-a', 'ann@example.org'])
        const crossed = house === ours ? debian : ours
        const { stdout } = await command(crossed, 'mlmmj-list', ['-L', join(spool, 'talk')])
        assert.equal(stdout, 'ann@example.org\n')
      }
      assert.deepEqual(made[1], made[0])
    } finally {
      await rm(scratch, { recursive: true })
    }
  },
)
