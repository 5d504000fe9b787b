/** A list that one program made and left in the middle of everything, and the other one finishes. */
import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, debian, ours, withoutDebian, type House } from '../_program.ts'
import { startSink, type Sink } from '../_sink.ts'
import {
  drops,
  maintains,
  puts,
  receives,
  relayDown,
  relayUp,
  runs,
  writes,
  type Stage,
  type Step,
} from '../_stage.ts'

const bob = { from: 'bob@example.net', sender: 'bob@example.net' }
const moderator = { from: 'mod@example.net', sender: 'mod@example.net' }
const fiveDays = '# Tue Nov 14 22:13:20 2023\n'

/** Leaves a question about joining and one about leaving, and so on, without their answers. */
const begun: readonly Step[] = [
  ...['ann@example.org', 'bob@example.net', 'cat@example.org'].map((who) => runs('sub', '-a', who)),
  runs('sub', '-d', '-a', 'dora@example.org'),
  receives(post({ subject: 'one' })),
  maintains(),
  writes('subscribe'),
  writes('unsubscribe', bob),
  puts('control/submod', 'gate@example.net\n'),
  runs('sub', '-a', 'zoe@example.net'),
  drops('control/submod'),
  puts('control/moderators', 'mod@example.net\n'),
  puts('control/moderated', ''),
  receives(post({ subject: 'two' })),
  drops('control/moderated'),
  runs('bounce', '-a', 'ann=example.org', '-n', '1'),
  runs('bounce', '-a', 'ann=example.org', '-p'),
  relayDown(),
  receives(post({ subject: 'three' })),
  relayUp(),
]

/** Everybody answers, and time passes: Ann's probe did not come back, Cat bounced for too long. */
const finished: readonly Step[] = [
  writes('confsub-{subconf}'),
  writes('confunsub-{unsubconf}', bob),
  writes('permit-{asked}', { from: 'gate@example.net', sender: 'gate@example.net' }),
  writes('release-{held}', moderator),
  puts('bounce/ann=example.org-probe', '{now-43300}'),
  puts('bounce/cat=example.org', `1:{now-500000} ${fiveDays}`),
  puts('lastdigest', '1:{now-604900}:1\n'),
  maintains(),
]

async function makeList(house: House, sink: Sink): Promise<ScratchList> {
  const spool = await mkdtemp(join(tmpdir(), 'mlmmj-half-way-'))
  const list = new ScratchList(join(spool, 'talk'), spool)
  const stdin = 'talk\nexample.org\nowner@example.org\nen\n'
  const { code, stderr } = await command(house, 'mlmmj-make-ml', ['-s', spool], { stdin })
  assert.equal(code, 0, stderr)
  await list.write('control/relayhost', '127.0.0.1\n')
  await list.write('control/smtphelo', 'lists.example.org\n')
  await list.write('control/smtpport', `${sink.port}\n`)
  return list
}

/** Who got the post with this subject, and under which number. */
function readersOf({ taken }: Sink, subject: string): string[] {
  return taken
    .filter(({ from, mail }) => /bounces-\d/.test(from) && mail.includes(`Subject: ${subject}\r`))
    .map(({ from, to }) => `${/bounces-(\d+)/.exec(from)?.[1]} ${to.join()}`)
    .sort()
}

for (const [maker, finisher] of [
  [debian, ours],
  [ours, debian],
] as const)
  test(
    `a list that ${maker.name} made and left half-way is finished by ${finisher.name}`,
    { skip: withoutDebian, timeout: 60_000 },
    async () => {
      await using sink = await startSink()
      await using list = await makeList(maker, sink)
      const stage: Stage = { house: maker, list, sink, said: [] }
      for (const step of begun) await step(stage)
      assert.deepEqual(
        stage.said.filter((line) => !line.endsWith(' 0')),
        [],
      )
      assert.deepEqual(await list.waiting(), [
        '2 ann@example.org',
        '2 bob@example.net',
        '2 cat@example.org',
      ])
      const before = sink.taken.length

      for (const step of finished) await step({ ...stage, house: finisher })
      assert.deepEqual(
        stage.said.filter((line) => !line.endsWith(' 0')),
        [],
      )
      assert.deepEqual(await list.members(), [
        'ann@example.org',
        'joe@example.org',
        'zoe@example.net',
      ])
      assert.deepEqual(await list.members('digesters.d'), ['dora@example.org'])
      assert.deepEqual(readersOf(sink, 'two'), [
        '3 ann@example.org',
        '3 cat@example.org',
        '3 joe@example.org',
        '3 zoe@example.net',
      ])
      assert.deepEqual(readersOf(sink, 'three'), [
        '2 ann@example.org',
        '2 bob@example.net',
        '2 cat@example.org',
      ])
      const digests = sink.taken.filter(({ to }) => to.includes('dora@example.org'))
      assert.equal(digests.length, 2)
      const digest = digests[1]?.mail.toString('latin1') ?? ''
      assert.match(digest, /Subject: three\r[\s\S]*Subject: two\r/)
      assert.match((await list.read('lastdigest')) ?? '', /^3:\d+:2\n$/)

      // Three answers, and nothing that anybody would not expect.
      const answers = sink.taken.slice(before).filter(({ from }) => from.includes('bounces-help'))
      assert.deepEqual(answers.map(({ to }) => to.join()).sort(), [
        'bob@example.net',
        'joe@example.org',
        'zoe@example.net',
      ])
      for (const shelf of ['incoming', 'subconf', 'unsubconf', 'moderation', 'bounce'])
        assert.deepEqual(await list.names(shelf), [], shelf)
      assert.deepEqual(await list.waiting(), [])
      assert.deepEqual(await list.names('queue'), ['discarded'])
      assert.deepEqual([...(await list.archive()).keys()].sort(), [1, 2, 3])
    },
  )
