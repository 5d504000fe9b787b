import assert from 'node:assert/strict'
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList, ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, ours } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { filesWithSecret, lookOutside, makeOutside, secret } from './_planted.ts'
import { post as postByLmtp, serviceHouse } from './_service-house.ts'

/*
 * Root runs our programs over lists of two owners, each of whom may put into his list whatever he
 * likes. What belongs to root or to the other is neither told nor changed.
 */

const skip = process.getuid?.() === 0 ? false : 'only root can become somebody'
const [eve, bob] = [4_242, 4_243]

/** A spool of root with a list of eve and one of bob, and a directory of root alone. */
async function twoOwners(port: number) {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-owners-'))
  await chmod(dir, 0o755)
  const [spool, outside] = [join(dir, 'spool'), join(dir, 'outside')]
  await makeOutside(outside)
  await chmod(join(outside, 'secret'), 0o600)
  const make = async (address: string, uid: number): Promise<ScratchList> => {
    const list = await scratchList({ below: spool, port, address })
    const words = uid === bob ? secret : 'words of hers'
    await list.write('archive/1', `Subject: ${words}\n\n${words}\n`)
    await list.write('index', '1')
    await list.giveTo(uid, uid)
    await chmod(list.dir, 0o700)
    return list
  }
  return {
    ...{ dir, spool, outside },
    hers: await make('eve@example.org', eve),
    his: await make('bob@example.org', bob),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

/** Names, owners, sizes and times of all that is in a list. */
async function stateOf(list: ScratchList): Promise<readonly string[]> {
  const names = await readdir(list.dir, { recursive: true })
  const facts = await Promise.all(names.sort().map((name) => lstat(list.path(name))))
  return facts.map(({ uid, size, mtimeMs }, at) => `${names[at]} ${uid} ${size} ${mtimeMs}`)
}

async function owners(list: ScratchList): Promise<ReadonlySet<number>> {
  const names = await readdir(list.dir, { recursive: true })
  return new Set(await Promise.all(names.map(async (name) => (await lstat(list.path(name))).uid)))
}

/** Puts a link in the place of a file, as eve does. */
async function plant(list: ScratchList, path: string, target: string): Promise<void> {
  await list.remove(path)
  await symlink(target, list.path(path))
}

test('maintenance of root over two owners mixes nothing up', { skip }, async () => {
  await using sink = await startSink()
  await using place = await twoOwners(sink.port)
  const { hers, his, outside } = place
  const id = '0123456789abcdef'
  await hers.write(`incoming/${'fedcba9876543210'}`, post({ from: 'ann@example.org' }))
  for (const [name, text] of [
    ['mailfrom', 'eve@example.org'],
    ['reciptto', 'eve@example.net'],
  ] as const)
    await hers.write(`queue/${id}.${name}`, text)
  await hers.write('requeue/1/subscribers', 'eve@example.net\n')
  await hers.giveTo(eve, eve)
  for (const [path, target] of [
    ['archive/1', his.path('archive/1')],
    [`queue/${id}`, his.path('archive/1')],
    [`incoming/${id}`, his.path('archive/1')],
    [`moderation/${id}.sending`, his.path('archive/1')],
    ['control/footer', join(outside, 'secret')],
    ['subscribers.d/e', join(outside, 'secret')],
    ['mlmmj-ts.log', his.path('control/listaddress')],
    ['mlmmj.operation.log', his.path('control/owner')],
    ['mlmmj-maintd.lastrun.log', his.path('index')],
    ['lastdigest', his.path('index')],
    ['bounce/ann=example.org', join(outside, 'secret')],
  ] as const)
    await plant(hers, path, target)
  await his.write('.mlmmj-ts/placeholder', '')
  await his.giveTo(bob, bob)
  const content = await his.read('control/listaddress')
  const before = await lookOutside(outside)
  await command(ours, 'mlmmj-maintd', ['-F', '-d', place.spool])
  const settled = await stateOf(his)
  for (let twice = 0; twice < 2; twice++) {
    assert.equal(filesWithSecret(hers.dir), '')
    assert.deepEqual(await lookOutside(outside), before)
    assert.equal((await stat(join(outside, 'secret'))).uid, 0)
    assert.equal(await his.read('control/listaddress'), content)
    assert.equal(await his.read('index'), '1')
    assert.deepEqual(await owners(his), new Set([bob]))
    for (const { mail } of sink.taken) assert.ok(!mail.includes(secret))
    await plant(hers, '.mlmmj-ts', his.path('.mlmmj-ts'))
    await command(ours, 'mlmmj-maintd', ['-F', '-L', hers.dir])
  }
  assert.deepEqual(await stateOf(his), settled)
})

test('every program that root starts is the owner before it looks', { skip }, async () => {
  await using sink = await startSink()
  await using place = await twoOwners(sink.port)
  const { hers, his, outside } = place
  await hers.write('requeue/1/subscribers', 'eve@example.net\n')
  await hers.giveTo(eve, eve)
  await plant(hers, 'subscribers.d/e', join(outside, 'secret'))
  await plant(hers, 'control/footer', join(outside, 'secret'))
  await plant(hers, 'mlmmj-ts.log', join(outside, 'log'))
  await plant(hers, 'mlmmj.operation.log', join(outside, 'operations'))
  await his.write('recipients', `${secret}@example.net\n`)
  await his.giveTo(bob, bob)
  const [before, untouched] = [await lookOutside(outside), await stateOf(his)]
  const list = ['-L', hers.dir]
  const stdin = post({ from: 'ann@example.org' })
  const lines: readonly (readonly [string, ...string[]])[] = [
    ['mlmmj-receive', ...list, '-F', '-s', 'ann@example.org', '-e', ''],
    ['mlmmj-list', ...list],
    ['mlmmj-sub', ...list, '-a', 'eva@example.net'],
    ['mlmmj-unsub', ...list, '-a', 'eva@example.net'],
    ['mlmmj-send', ...list, '-m', his.path('archive/1')],
    ['mlmmj-send', ...list, '-m', hers.path('archive/1'), '-l', '3', '-s', his.path('recipients')],
    ['mlmmj-send', ...list, '-m', hers.path('archive/1'), '-l', '4', '-s', his.path('recipients')],
    ['mlmmj-send', ...list, '--pending'],
    ['mlmmj-process', ...list, '-m', his.path('archive/1')],
    ['mlmmj-bounce', ...list, '-a', 'ann=example.org', '-n', '1', '-m', his.path('archive/1')],
    ['renew-text', hers.dir, 'de'],
    ['mlmmj-maintd', '-F', ...list],
  ]
  for (const [program, ...args] of lines) {
    const { stdout, stderr } = await command(ours, program, args, { stdin })
    assert.ok(!`${stdout}${stderr}`.includes(secret), `${program} ${args.join(' ')}`)
    assert.deepEqual(await lookOutside(outside), before, program)
    assert.deepEqual(await stateOf(his), untouched, `${program} ${args.join(' ')}`)
  }
  assert.deepEqual(await owners(hers), new Set([eve, 0]), 'only the planted links are root’s')
  assert.equal(filesWithSecret(hers.dir), '')
  for (const { mail, to } of sink.taken) assert.ok(!`${String(mail)}${to.join()}`.includes(secret))
})

test('root makes a list anew as its owner', { skip }, async () => {
  await using place = await twoOwners(1)
  const { hers, outside } = place
  await chmod(outside, 0o755)
  await plant(hers, 'control', outside)
  const before = await lookOutside(outside)
  const args = ['-L', 'eve', '-s', place.spool, '--domain', 'example.org', '--force']
  const again = () => command(ours, 'mlmmj-make-ml', [...args, '--owner', 'eve@example.org'])
  assert.notEqual((await again()).code, 0)
  assert.deepEqual(await lookOutside(outside), before)
  await hers.remove('control')
  await mkdir(hers.path('control'))
  await hers.giveTo(eve, eve)
  assert.equal((await again()).code, 0)
  assert.deepEqual(await owners(hers), new Set([eve]))
})

test('what is root’s elsewhere is not given to a list’s owner', { skip }, async () => {
  await using place = await twoOwners(1)
  const { hers, outside } = place
  await plant(hers, 'archive/2', join(outside, 'secret'))
  await plant(hers, 'queue', outside)
  await writeFile(hers.path('archive/3'), 'left by root')
  await command(ours, 'mlmmj-maintd', ['-F', '-L', hers.dir])
  assert.equal((await stat(hers.path('archive/3'))).uid, eve)
  for (const path of [outside, join(outside, 'secret')]) assert.equal((await stat(path)).uid, 0)
})

test('a service of root does nothing in the list of somebody else', { skip }, async () => {
  await using house = await serviceHouse()
  await house.list({ address: 'own@example.org' })
  await using service = { ...(await house.start()), [Symbol.asyncDispose]: () => service.end() }
  const room = await mkdtemp(join(tmpdir(), 'mlmmj-aside-'))
  await using made = await scratchList({ below: room, address: 'eve@example.org' })
  await made.giveTo(eve, eve)
  await rename(made.dir, join(house.spoolDir, 'eve'))
  const hers = new ScratchList(join(house.spoolDir, 'eve'), room)
  const before = await stateOf(hers)
  const [reply = ''] = await postByLmtp(service, 'eve@example.org')
  assert.match(reply, /^451 4\.3\.0 .*belongs to uid 4242: run the service as uid 4242/)
  await service.runNow()
  assert.deepEqual(await stateOf(hers), before)
  assert.match((await postByLmtp(service, 'own@example.org'))[0] ?? '', /^250 /)
})
