import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { makeList } from './make-list.ts'
import { openList } from './open-list.ts'
import type { Replies, ReplyRequest } from './reply-request.ts'
import { confirmSubscription, permitSubscription, subscribe } from './subscribe.ts'
import { confirmUnsubscription, unsubscribe } from './unsubscribe.ts'

type Files = Readonly<Record<string, string>>

/** A list with these control files and these other files, and a postman who only takes notes. */
async function tempList(control: Files, files: Files = {}) {
  const spoolDir = await mkdtemp(joinPath(tmpdir(), 'subscribe-'))
  const { dir } = await makeList({
    spoolDir,
    name: 'talk',
    domain: 'example.org',
    owner: 'owner@example.org',
    textsFrom: undefined,
    user: undefined,
    force: false,
  })
  for (const [name, content] of Object.entries(control))
    await writeFile(joinPath(dir, 'control', name), content)
  for (const [path, content] of Object.entries(files)) await writeFile(joinPath(dir, path), content)
  const sent: ReplyRequest[] = []
  const replies: Replies = { send: async (_, request) => void sent.push(request) }
  return {
    sent,
    replies,
    open: () => openList(dir),
    told: () =>
      sent.map((mail) => `${mail.purpose}-${mail.action}-${mail.reason}-${mail.type} ${mail.to}`),
    read: (path: string) => readFile(joinPath(dir, path), 'latin1').catch(() => undefined),
    [Symbol.asyncDispose]: () => rm(spoolDir, { recursive: true }),
  }
}

const join = {
  address: 'Ann@Example.org',
  type: 'normal',
  reason: 'admin',
  ask: false,
  force: false,
  welcome: false,
  quiet: false,
  silent: false,
} as const

const leave = {
  address: 'ann@example.org',
  type: 'all',
  reason: 'admin',
  ask: false,
  goodbye: false,
  quiet: false,
  silent: false,
} as const

const ids = { id: () => '0123456789abcdef' }

test('subscribe() adds in lower case, and says so only when asked to', async () => {
  await using list = await tempList({ notifysub: '' })
  const { open, replies, told } = list
  assert.equal(await subscribe(await open(), { ...join, quiet: true }, replies, ids), 'added')
  assert.deepEqual(told(), [])
  assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\n')
  const joe = { ...join, address: 'joe@example.org', welcome: true }
  await subscribe(await open(), joe, replies, ids)
  assert.deepEqual(told(), [
    'finish-sub-admin-normal joe@example.org',
    'notify-sub-admin-normal talk+owner@example.org',
  ])
})

test('subscribe() tells who is there already, unless it shall be silent', async () => {
  await using list = await tempList({}, { 'subscribers.d/a': 'ann@example.org\n' })
  const { open, replies, told } = list
  const quiet = { ...join, silent: true }
  assert.equal(await subscribe(await open(), quiet, replies, ids), 'already')
  assert.deepEqual(told(), [])
  await subscribe(await open(), join, replies, ids)
  assert.deepEqual(told(), ['deny-sub-subbed-normal ann@example.org'])
})

test('subscribe() switches without asking anybody, with a welcome for reason switch', async () => {
  await using list = await tempList(
    { submod: 'joe@example.org\n', notifysub: '' },
    { 'subscribers.d/a': 'ann@example.org\n' },
  )
  const wish = { ...join, type: 'digest', ask: true, welcome: true } as const
  assert.equal(await subscribe(await list.open(), wish, list.replies, ids), 'switched')
  assert.equal(await list.read('subscribers.d/a'), undefined)
  assert.equal(await list.read('digesters.d/a'), 'ann@example.org\n')
  assert.deepEqual(list.told(), ['finish-sub-switch-digest ann@example.org'])
})

test('subscribe() asks, and confirmSubscription() does what the answer says', async () => {
  await using list = await tempList({ notifysub: '' })
  const { open, replies, told, sent } = list
  const wish = { ...join, reason: 'request', type: 'digest', ask: true } as const
  assert.equal(await subscribe(await open(), wish, replies, ids), 'asked')
  assert.deepEqual(told(), ['confirm-sub-request-digest ann@example.org'])
  assert.deepEqual(
    { replyTo: sent[0]?.replyTo, mailFrom: sent[0]?.mailFrom, values: sent[0]?.values },
    {
      replyTo: 'confsub-digest-0123456789abcdef',
      mailFrom: 'bounces-confsub-0123456789abcdef',
      values: {
        subaddr: 'ann@example.org',
        confirmaddr: 'talk+confsub-digest-0123456789abcdef@example.org',
      },
    },
  )
  assert.equal(await list.read('subconf/0123456789abcdef'), 'ann@example.org')
  const answer = async () =>
    await confirmSubscription(await open(), '0123456789abcdef', 'digest', replies, ids)
  assert.equal(await answer(), 'added')
  assert.equal(await list.read('digesters.d/a'), 'ann@example.org\n')
  assert.deepEqual(told().slice(1), [
    'finish-sub-confirm-digest ann@example.org',
    'notify-sub-confirm-digest talk+owner@example.org',
  ])
  assert.equal(await answer(), undefined)
})

test('subscribe() holds for the gatekeepers, and permitSubscription() carries it out once', async () => {
  await using list = await tempList({ submod: 'joe@example.org\njim@example.org\n' })
  const { open, replies, told, sent } = list
  assert.equal(await subscribe(await open(), { ...join, type: 'both' }, replies, ids), 'held')
  assert.deepEqual(told(), [
    'wait-sub-admin-both ann@example.org',
    'gatekeep-sub-admin-both talk-moderators@example.org',
  ])
  assert.deepEqual(sent[1]?.recipients, ['joe@example.org', 'jim@example.org'])
  assert.equal(sent[1]?.values['obstructaddr'], 'talk+obstruct-0123456789abcdef@example.org')
  const permit = async () =>
    await permitSubscription(await open(), 'subscribe0123456789abcdef', join, replies, ids)
  assert.equal(await permit(), 'added')
  assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\n')
  assert.equal(await list.read('digesters.d/a'), 'ann@example.org\n')
  await assert.rejects(permit, (thrown) => isFault(thrown, 'noSuchFile'))
})

test('subscribe() refuses what cannot be subscribed', async () => {
  await using list = await tempList({})
  const open = await list.open()
  for (const address of ['ann', 'TALK@example.org', 'talk+help@example.org', '.a@b', 'a b@c'])
    await assert.rejects(subscribe(open, { ...join, address }, list.replies, ids), (thrown) =>
      isFault(thrown, 'badAddress'),
    )
  assert.deepEqual(list.told(), [])
})

test('unsubscribe() removes from everywhere or from one version', async () => {
  const files = { 'subscribers.d/a': 'ann@example.org\n', 'nomailsubs.d/a': 'Ann@example.org\n' }
  await using list = await tempList({ notifysub: '' }, files)
  const { open, replies, told } = list
  const one = { ...leave, type: 'nomail', goodbye: true } as const
  assert.equal(await unsubscribe(await open(), one, replies, ids), 'removed')
  assert.equal(await list.read('nomailsubs.d/a'), undefined)
  assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\n')
  assert.deepEqual(told(), [
    'finish-unsub-admin-nomail ann@example.org',
    'notify-unsub-admin-nomail talk+owner@example.org',
  ])
  assert.equal(await unsubscribe(await open(), { ...leave, quiet: true }, replies, ids), 'removed')
  assert.equal(await list.read('subscribers.d/a'), undefined)
  assert.equal(await unsubscribe(await open(), leave, replies, ids), 'absent')
  assert.deepEqual(told().slice(2), ['deny-unsub-unsubbed-all ann@example.org'])
  assert.equal(await unsubscribe(await open(), { ...leave, silent: true }, replies, ids), 'absent')
})

test('unsubscribe() asks, and confirmUnsubscription() does what the answer says', async () => {
  await using list = await tempList({}, { 'subscribers.d/a': 'ann@example.org\n' })
  const { open, replies, told, sent } = list
  const wish = { ...leave, reason: 'request', ask: true } as const
  assert.equal(await unsubscribe(await open(), wish, replies, ids), 'asked')
  assert.equal(sent[0]?.replyTo, 'confunsub-0123456789abcdef')
  assert.equal(sent[0]?.mailFrom, 'bounces-confunsub-0123456789abcdef')
  const answer = async () =>
    await confirmUnsubscription(await open(), '0123456789abcdef', 'all', replies, ids)
  assert.equal(await answer(), 'removed')
  assert.deepEqual(told(), [
    'confirm-unsub-request-all ann@example.org',
    'finish-unsub-confirm-all ann@example.org',
  ])
  assert.equal(await answer(), undefined)
})

test('unsubscribe() removes a damaged line that is no address, and tells nobody', async () => {
  await using list = await tempList({}, { 'subscribers.d/j': 'joe@ex\ng\n' })
  const wish = { ...leave, address: 'g', goodbye: true }
  assert.equal(await unsubscribe(await list.open(), wish, list.replies, ids), 'removed')
  assert.equal(await list.read('subscribers.d/j'), 'joe@ex\n')
  assert.deepEqual(list.told(), [])
})
