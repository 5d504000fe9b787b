import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../list/identity.ts'
import { readSettings, type Settings } from '../list/tunables.ts'
import {
  gatekeepersOf,
  judgeSubscribe,
  versionsToLeave,
  whyNoSubscriber,
  type SubscribeFacts,
  type SubscriptionType,
  type Version,
} from './subscription.ts'

function settings(files: Record<string, string> = {}): Settings {
  return readSettings(
    (name) => {
      const all: Record<string, string> = { listaddress: 'talk@example.org\n', ...files }
      const content = all[name]
      return content === undefined ? undefined : Buffer.from(content)
    },
    () => {},
  )
}

const plain = settings()
const talk = identityOf(plain)
const ann: SubscribeFacts = {
  has: [],
  type: 'normal',
  reason: 'admin',
  ask: false,
  force: false,
}

function versions(letters: string): Version[] {
  return [...letters].map((letter) =>
    letter === 'n' ? 'normal' : letter === 'd' ? 'digest' : 'nomail',
  )
}

/** The state afterwards in letters: n normal, d digest, m nomail. */
function after(has: string, type: SubscriptionType): string {
  const decision = judgeSubscribe({ ...ann, has: versions(has), type }, plain)
  if (decision.do !== 'add' && decision.do !== 'switch') return decision.do
  const left = versions(has).filter((version) => !decision.remove.includes(version))
  return [...left, ...decision.add]
    .map((version) => (version === 'nomail' ? 'm' : version.charAt(0)))
    .sort((a, b) => 'ndm'.indexOf(a) - 'ndm'.indexOf(b))
    .join('')
}

const matrix: readonly (readonly [string, string, string, string, string])[] = [
  // have, then what normal, digest, nomail and both lead to
  ['', 'n', 'd', 'm', 'nd'],
  ['n', 'nothing', 'd', 'm', 'nd'],
  ['d', 'n', 'nothing', 'm', 'nd'],
  ['m', 'n', 'd', 'nothing', 'nd'],
  ['nd', 'n', 'd', 'm', 'nothing'],
  ['nm', 'n', 'd', 'm', 'nd'],
  ['dm', 'n', 'd', 'm', 'nd'],
  ['ndm', 'n', 'd', 'm', 'nd'],
]
for (const [have, ...wanted] of matrix)
  test(`judgeSubscribe() leaves only what was asked for of "${have}"`, () => {
    const types = ['normal', 'digest', 'nomail', 'both'] as const
    assert.deepEqual(
      types.map((type) => after(have, type)),
      wanted,
    )
  })

test('whyNoSubscriber() refuses the addresses of the list, and only those', () => {
  for (const address of ['TALK@example.org', 'talk+help@example.org', '.a@b', '/a@b', 'ann'])
    assert.notEqual(whyNoSubscriber(talk, address), undefined)
  for (const address of ['talk@example.org.example.net', 'ann@example.org'])
    assert.equal(whyNoSubscriber(talk, address), undefined)
})

test('judgeSubscribe() asks the subscriber before the gatekeepers, and members never', () => {
  const moderated = settings({ submod: 'joe@example.org\n' })
  assert.equal(judgeSubscribe({ ...ann, ask: true }, moderated).do, 'ask')
  assert.equal(judgeSubscribe(ann, moderated).do, 'hold')
  assert.equal(judgeSubscribe({ ...ann, force: true }, moderated).do, 'add')
  assert.equal(judgeSubscribe({ ...ann, reason: 'permit' }, moderated).do, 'add')
  const member: SubscribeFacts = { ...ann, has: ['digest'], ask: true }
  assert.equal(judgeSubscribe(member, moderated).do, 'switch')
})

test('judgeSubscribe() obeys nodigestsub and nonomailsub for mail, not for the shell', () => {
  const noDigest = settings({ nodigestsub: '' })
  const asked = (type: SubscriptionType, list: Settings, reason: SubscribeFacts['reason']) =>
    judgeSubscribe({ ...ann, type, reason }, list).do
  assert.equal(asked('digest', noDigest, 'request'), 'disable')
  assert.equal(asked('both', noDigest, 'confirm'), 'disable')
  assert.equal(asked('nomail', noDigest, 'request'), 'add')
  assert.equal(asked('digest', noDigest, 'admin'), 'add')
  for (const file of ['nonomailsub', 'nomailsub'])
    assert.equal(asked('nomail', settings({ [file]: '' }), 'request'), 'disable')
})

test('gatekeepersOf() takes the owners when the last line of submod is no address', () => {
  const files = { owner: 'ann@example.org\nroot\n' }
  const of = (submod: string) => gatekeepersOf(settings({ ...files, submod }))
  assert.deepEqual(of('joe@example.org\n'), ['joe@example.org'])
  assert.deepEqual(of(''), ['ann@example.org'])
  assert.deepEqual(of('joe@example.org\nyes\n'), ['ann@example.org'])
})

test('versionsToLeave() leaves everything or the one version asked for', () => {
  assert.deepEqual(versionsToLeave(['normal', 'nomail'], 'all'), ['normal', 'nomail'])
  assert.deepEqual(versionsToLeave(['normal', 'nomail'], 'nomail'), ['nomail'])
  assert.deepEqual(versionsToLeave(['normal'], 'digest'), [])
})
