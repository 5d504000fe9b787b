import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { test } from 'node:test'
import { Fault } from '../base/fault.ts'
import { commitDigest } from './digest-commit.ts'
import { pendingPosts } from './requeue.ts'
import { scratchList } from './_scratch-list.ts'

const name = 'digest.3.41.90'

async function* given<Item>(...items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

test('commitDigest() puts mail and readers where pendingPosts() finds them', async () => {
  await using list = await scratchList()
  await list.write('archive/5', 'a post')
  await list.write('requeue/5/subscribers', 'zoe@example.org\n')
  const readers = given(['ann@example.org'], [], ['bob@example.net', 'cat@example.org'])
  const mail = given(Buffer.from('Subject: x\n'), Buffer.from('\ny\n'))
  assert.equal(await commitDigest(list.dir, name, readers, mail), 3)
  assert.equal(
    await list.read(`requeue/${name}/subscribers`),
    'ann@example.org\nbob@example.net\ncat@example.org\n',
  )
  assert.equal(await list.read(`requeue/${name}/mailfile`), 'Subject: x\n\ny\n')
  assert.equal((await stat(list.path(`requeue/${name}`))).mode & 0o777, 0o750)
  assert.equal((await stat(list.path(`requeue/${name}/mailfile`))).mode & 0o777, 0o600)
  const pending = await pendingPosts(list.dir)
  assert.deepEqual(
    pending.map(({ number, path }) => [number, path]),
    [
      [5, list.path('archive/5')],
      [name, list.path(`requeue/${name}/mailfile`)],
    ],
  )
})

test('commitDigest() does not even make a mail that nobody gets', async () => {
  await using list = await scratchList()
  async function* unwanted(): AsyncGenerator<Uint8Array> {
    yield assert.fail('the mail was asked for')
  }
  assert.equal(await commitDigest(list.dir, name, given([]), unwanted()), 0)
  assert.deepEqual(await readdir(list.path('requeue')), [])
  assert.deepEqual(await readdir(list.path('.mlmmj-ts')), [])
})

test('commitDigest() leaves nothing behind when the mail cannot be made', async () => {
  await using list = await scratchList()
  async function* failing() {
    yield Buffer.from('Subject: x\n')
    throw new Fault('spoolTrouble', 'archive/42 cannot be used now')
  }
  await assert.rejects(
    commitDigest(list.dir, name, given(['ann@example.org']), failing()),
    /archive\/42/,
  )
  assert.deepEqual(await readdir(list.path('requeue')), [])
  assert.deepEqual(await readdir(list.path('.mlmmj-ts')), [])
})
