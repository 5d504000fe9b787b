/** X-Original-From: names the poster only where the list's owner has said so (trustoriginalfrom). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { ours } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { receives, writes, type Step } from '../_stage.ts'

const mod = 'mod@example.org'
const claims = { more: [`X-Original-From: ${mod}`, `x-original-from: Mod <${mod}>`] }

async function played(control: Readonly<Record<string, string>>, ...steps: readonly Step[]) {
  await using sink = await startSink()
  await using list = await scratchList({
    port: sink.port,
    subscribers: ['ann@example.org', mod],
    control: { moderators: `${mod}\n`, ...control },
  })
  for (const step of steps) await step({ house: ours, list, sink, said: [] })
  return {
    posts: sink.taken.filter(({ from }) => /bounces-\d/.test(from)).length,
    answered: sink.taken.filter(({ from }) => !/bounces-\d/.test(from)).map(({ to }) => to.join()),
    held: (await list.names('moderation')).length,
    members: await list.members(),
    asked: (await list.names('unsubconf')).length,
  }
}

const rules: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'only moderators post': { modonlypost: '' },
  'only members post': { subonlypost: '' },
  'what strangers post is held': { modonlypost: '', modnonsubposts: '' },
}

for (const [what, control] of Object.entries(rules))
  test(`a forged X-Original-From does not make a moderator where ${what}`, async () => {
    const forged = await played(control, receives(post(claims)))
    assert.deepEqual(forged, await played(control, receives(post())))
    assert.equal(forged.posts, 0)
    assert.ok(!forged.answered.includes(mod) || forged.held === 1)
    const trusting = await played({ ...control, trustoriginalfrom: '' }, receives(post(claims)))
    assert.equal(trusting.posts, 2, 'the list has asked for it')
  })

test('a forged X-Original-From does not open a moderated list, whatever the list trusts', async () => {
  for (const trust of [{}, { trustoriginalfrom: '' }]) {
    const { posts, held } = await played({ moderated: '', ...trust }, receives(post(claims)))
    assert.deepEqual([posts, held], [0, 1])
  }
})

test('a forged X-Original-From does not speak for a member in a request', async () => {
  const asks = writes('unsubscribe', claims)
  const forged = await played({ nosubconfirm: '' }, asks)
  assert.deepEqual(forged.members, ['ann@example.org', mod])
  assert.deepEqual((await played({ nosubconfirm: '', trustoriginalfrom: '' }, asks)).members, [
    'ann@example.org',
  ])
})

test('a forged X-Original-From does not get the members from +list', async () => {
  const asks = writes('list', { more: ['X-Original-From: owner@example.org'] })
  assert.deepEqual((await played({}, asks)).answered, [])
  assert.deepEqual((await played({ trustoriginalfrom: '' }, asks)).answered, ['owner@example.org'])
})
