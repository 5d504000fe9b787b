import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { test, type TestContext } from 'node:test'
import { becomeOwner, mustBeOwner } from './become-owner.ts'
import { scratchList, type ScratchList } from './_scratch-list.ts'
import { replaceFile } from './durable.ts'
import { takeLock } from './lock.ts'
import { parseAddress } from '../message/address.ts'
import { rosterOf } from './roster.ts'

/** This very file runs again as a child, because nobody can become root a second time. */
const role = process.argv[2]
const dir = process.argv[3] ?? ''
const uids = { daemon: 1, nameless: 54_321 }

if (role === 'join') await playMember()
else if (role === 'become' || role === 'must') await playChild()
else playTests()

async function playChild(): Promise<void> {
  process.chdir('/')
  if (process.argv[4] !== undefined) process.setuid?.(Number(process.argv[4]))
  const change = role === 'become' ? becomeOwner : mustBeOwner
  const fault: unknown = await change(dir).catch((thrown: unknown) => thrown)
  const answer = {
    uid: process.getuid?.(),
    euid: process.geteuid?.(),
    gid: process.getgid?.(),
    groups: process.getgroups?.(),
    fault: fault instanceof Error ? fault.message : undefined,
  }
  process.stdout.write(JSON.stringify(answer))
}

/** Somebody who is not the owner but in the group of subscribers.d. */
async function playMember(): Promise<void> {
  process.setgroups?.([4_242])
  process.setgid?.(uids.nameless)
  process.setuid?.(uids.nameless)
  const address = parseAddress(process.argv[4] ?? '')
  const results = await rosterOf(dir).change([{ do: 'add', address, kind: 'normal' }])
  process.stdout.write(JSON.stringify({ results }))
}

function ask(...args: readonly string[]): Record<string, unknown> {
  const self = fileURLToPath(import.meta.url)
  const child = spawnSync(process.execPath, [self, ...args], { encoding: 'utf8', cwd: '/' })
  assert.equal(child.stderr, '')
  return JSON.parse(child.stdout) as Record<string, unknown>
}

function cannotTry(t: TestContext): boolean {
  if (process.getuid?.() === 0) return false
  t.skip('only root can become somebody')
  return true
}

async function listOf(uid: number, gid: number): Promise<ScratchList> {
  const list = await scratchList()
  await chown(list.dir, uid, gid)
  await chmod(list.dir, 0o755)
  return list
}

function playTests(): void {
  test('root becomes the owner, with the groups of its account', async (t) => {
    if (cannotTry(t)) return
    await using list = await listOf(uids.daemon, 4_242)
    const { uid, euid, gid, groups, fault } = ask('become', list.dir)
    assert.deepEqual([uid, euid, fault], [uids.daemon, uids.daemon, undefined])
    const account = spawnSync('id', ['-g', String(uids.daemon)], { encoding: 'utf8' })
    assert.equal(gid, Number(account.stdout))
    assert.ok(Array.isArray(groups) && !groups.includes(0))
  })

  test('an owner without an account brings the group of the list directory', async (t) => {
    if (cannotTry(t)) return
    await using list = await listOf(uids.nameless, 4_242)
    assert.deepEqual(ask('become', list.dir), {
      uid: uids.nameless,
      euid: uids.nameless,
      gid: 4_242,
      groups: [4_242],
    })
  })

  test('root stays root for a list of its own', async (t) => {
    if (cannotTry(t)) return
    await using list = await listOf(0, 0)
    assert.equal(ask('must', list.dir)['uid'], 0)
  })

  test('a stranger stays who he is, and is told what to do where that cannot work', async (t) => {
    if (cannotTry(t)) return
    await using list = await listOf(uids.daemon, 1)
    assert.equal(ask('become', list.dir, '54321')['fault'], undefined)
    assert.match(String(ask('must', list.dir, '54321')['fault']), /belongs to uid 1 .* as root/)
    assert.equal(ask('must', list.dir, '1')['fault'], undefined)
  })

  test('what root makes in a list without becoming its owner belongs to the owner', async (t) => {
    if (cannotTry(t)) return
    await using list = await listOf(uids.daemon, 4_242)
    await mkdir(list.path('queue'))
    await (await takeLock(list.dir, 'list')).release()
    await replaceFile(list.dir, list.path('queue/x'), Buffer.from('1'))
    const owners = spawnSync('find', [
      list.path('.mlmmj-ts'),
      list.path('queue/x'),
      '-not',
      '-uid',
      '1',
    ])
    assert.equal(owners.stdout.toString(), '')
  })

  test('a group that may write subscribers.d can change subscribers too', async (t) => {
    if (cannotTry(t)) return
    await using list = await listOf(uids.daemon, 1)
    await chown(list.path('subscribers.d'), uids.daemon, 4_242)
    await chmod(list.path('subscribers.d'), 0o770)
    const address = parseAddress('abe@example.org')
    await rosterOf(list.dir).change([{ do: 'add', address, kind: 'normal' }])
    assert.deepEqual(ask('join', list.dir, 'ann@example.org'), { results: ['added'] })
    assert.deepEqual(ask('join', list.dir, 'amy@example.org'), { results: ['added'] })
    await rosterOf(list.dir).change([{ do: 'remove', address, kind: 'normal' }])
    assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\namy@example.org\n')
    const { mode, gid } = await stat(list.path('subscribers.d/a'))
    assert.deepEqual([mode & 0o777, gid], [0o660, 4_242])
  })
}
