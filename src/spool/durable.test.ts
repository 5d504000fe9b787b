import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, rm, stat, symlink, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { scratchList } from './_scratch-list.ts'
import { pathOn } from './_layout.ts'
import { createExclusive, openDraft, replaceFile, sweepDrafts } from './durable.ts'

test('a draft that is not committed leaves nothing', async () => {
  await using list = await scratchList()
  {
    await using draft = await openDraft(list.dir)
    await draft.write(Buffer.from('half a mail'))
  }
  assert.deepEqual(await readdir(list.path('.mlmmj-ts')), [])
})

test('a committed draft is in its place with mode 0600, and nowhere else', async () => {
  await using list = await scratchList()
  {
    await using draft = await openDraft(list.dir)
    await draft.write(Buffer.from('one, '))
    await draft.write(Buffer.from('two'))
    await draft.commit(list.path('archive/1'))
  }
  assert.equal(await list.read('archive/1'), 'one, two')
  assert.equal((await stat(list.path('archive/1'))).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(list.path('.mlmmj-ts')), [])
})

test('a draft that finds its name taken can be committed under another', async () => {
  await using list = await scratchList()
  await list.write('archive/1', 'old')
  await using draft = await openDraft(list.dir)
  await draft.write(Buffer.from('new'))
  await assert.rejects(draft.commit(list.path('archive/1')), { code: 'spoolTrouble' })
  await draft.commit(list.path('archive/2'))
  assert.equal(await list.read('archive/1'), 'old')
  assert.equal(await list.read('archive/2'), 'new')
})

test('replaceFile() takes a stream, replaces what is there and sets the mode', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/a', 'old')
  async function* content() {
    yield Buffer.from('ann@example.org\n')
    yield Buffer.from('abe@example.org\n')
  }
  await replaceFile(list.dir, list.path('subscribers.d/a'), content(), { mode: 0o660 })
  assert.equal(await list.read('subscribers.d/a'), 'ann@example.org\nabe@example.org\n')
  assert.equal((await stat(list.path('subscribers.d/a'))).mode & 0o777, 0o660)
})

test('replaceFile() changes nothing when its fence throws', async () => {
  await using list = await scratchList()
  await list.write('index', '1')
  const fence = async () => Promise.reject(new RangeError('lost'))
  await assert.rejects(
    replaceFile(list.dir, list.path('index'), Buffer.from('2'), { stillMine: fence }),
    RangeError,
  )
  assert.equal(await list.read('index'), '1')
  assert.deepEqual(await readdir(list.path('.mlmmj-ts')), [])
})

test('createExclusive() says whether it made the file, and never changes one', async () => {
  await using list = await scratchList()
  const target = Buffer.concat([Buffer.from(`${list.path('archive')}/`), Buffer.from([0xff])])
  assert.equal(await createExclusive(list.dir, target, Buffer.from('1')), 'made')
  assert.equal(await createExclusive(list.dir, target, Buffer.from('2')), 'exists')
  assert.deepEqual(await readdir(list.path('.mlmmj-ts')), [])
})

test('a shelf on another file system gets whole files too', async (t) => {
  await using list = await scratchList()
  const other = await stat('/dev/shm').catch(() => undefined)
  if (other === undefined || other.dev === (await stat(tmpdir())).dev)
    return t.skip('there is no second file system')
  const shelf = `/dev/shm/mlmmj-ts-test-${process.pid}`
  await mkdir(shelf)
  await symlink(shelf, list.path('queue'))
  try {
    assert.equal(await createExclusive(list.dir, list.path('queue/x'), Buffer.from('1')), 'made')
    assert.equal(await createExclusive(list.dir, list.path('queue/x'), Buffer.from('2')), 'exists')
    await replaceFile(list.dir, list.path('queue/y'), Buffer.from('3'))
    assert.equal(await list.read('queue/x'), '1')
    assert.equal(await list.read('queue/y'), '3')
    assert.deepEqual((await readdir(shelf)).sort(), ['x', 'y'])
    assert.deepEqual(await readdir(list.path('.mlmmj-ts')), [])
  } finally {
    await rm(shelf, { recursive: true })
  }
})

test('what the disk refuses is a fault that names the file and the reason', async () => {
  await using list = await scratchList()
  await assert.rejects(
    replaceFile(list.dir, list.path('gone/x'), Buffer.from('1')),
    (fault: Error) => /gone\/x.*ENOENT/.test(fault.message) && !fault.message.includes(list.dir),
  )
})

test('a link in place of our own directory is refused', async () => {
  await using list = await scratchList()
  await symlink(tmpdir(), list.path('.mlmmj-ts'))
  await assert.rejects(openDraft(list.dir), { code: 'spoolTrouble' })
})

test('sweepDrafts() takes old drafts and leaves young ones and locks', async () => {
  await using list = await scratchList()
  await list.write('.mlmmj-ts/draft-1', 'old')
  await list.write('.mlmmj-ts/draft-2', 'young')
  await list.write('.mlmmj-ts/lock-list/1', '')
  await utimes(list.path('.mlmmj-ts/draft-1'), 1, 1)
  await chmod(list.path('.mlmmj-ts'), 0o700)
  assert.equal(await sweepDrafts(list.dir, 60_000), 1)
  assert.deepEqual((await readdir(list.path('.mlmmj-ts'))).sort(), ['draft-2', 'lock-list'])
})

test('a name that is no single part of a path is our mistake', () => {
  for (const name of ['', '.', '..', 'a/b', 'a\0b'])
    assert.throws(() => pathOn('/list', 'archive', name), { code: 'bug' })
  assert.equal(pathOn('/list', 'discarded', '..x'), '/list/queue/discarded/..x')
})
