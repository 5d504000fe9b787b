import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { mailIdOf } from './mail-id.ts'
import { commitPost } from './post-commit.ts'
import { dropPrepared, preparedPath, preparedState } from './prepared.ts'
import { pendingPosts } from './requeue.ts'

const id = mailIdOf('0123456789abcdef')

async function* batches(...found: readonly string[][]): AsyncGenerator<readonly string[]> {
  for (const batch of found) yield await Promise.resolve(batch)
}

test('commitPost() leaves mail and recipients where mlmmj looks for them', async (t) => {
  const dir = scratchList(t)
  writeFileSync(preparedPath(dir, id), 'Subject: x\n\nbody\n')
  const made = await commitPost(dir, preparedPath(dir, id), true, () =>
    batches(['ann@example.org'], [], ['joe@example.org']),
  )
  assert.deepEqual(made, { number: 1, recipients: 2 })
  assert.equal(readFileSync(join(dir, 'index'), 'latin1'), '1')
  assert.equal(readFileSync(join(dir, 'archive/1'), 'latin1'), 'Subject: x\n\nbody\n')
  assert.equal(
    readFileSync(join(dir, 'requeue/1/subscribers'), 'latin1'),
    'ann@example.org\njoe@example.org\n',
  )
  assert.equal(statSync(join(dir, 'requeue/1')).mode & 0o777, 0o750)
  assert.equal(await preparedState(dir, id), 'committed')
  await dropPrepared(dir, id)
  assert.equal(await preparedState(dir, id), 'prepared')
  assert.deepEqual(
    (await pendingPosts(dir)).map(({ number }) => number),
    [1],
  )
})

test('commitPost() keeps the mail in requeue/ when nothing is archived', async (t) => {
  const dir = scratchList(t)
  writeFileSync(preparedPath(dir, id), 'mail')
  const made = await commitPost(dir, preparedPath(dir, id), false, () => batches(['a@example.org']))
  assert.equal(made.number, 1)
  assert.deepEqual(readdirSync(join(dir, 'archive')), [])
  assert.equal(readFileSync(join(dir, 'requeue/1/mailfile'), 'latin1'), 'mail')
})

test('commitPost() leaves nothing in requeue/ for a list without subscribers', async (t) => {
  const dir = scratchList(t)
  writeFileSync(preparedPath(dir, id), 'mail')
  assert.equal((await commitPost(dir, preparedPath(dir, id), true, () => batches())).recipients, 0)
  assert.ok(existsSync(join(dir, 'archive/1')))
  assert.deepEqual(readdirSync(join(dir, 'requeue')), [])
})

test('commitPost() never gives one number to two of 40 posts at once, and loses none', async (t) => {
  const dir = scratchList(t)
  const posts = Array.from({ length: 40 }, (_, n) => mailIdOf(String(n).padStart(16, '0')))
  for (const post of posts) writeFileSync(preparedPath(dir, post), post)
  await Promise.all(
    posts.map((post) =>
      commitPost(dir, preparedPath(dir, post), true, () => batches([`${post}@example.org`])),
    ),
  )
  const archived = readdirSync(join(dir, 'archive')).map((name) =>
    readFileSync(join(dir, 'archive', name), 'latin1'),
  )
  assert.deepEqual(archived.sort(), posts)
  for (const name of readdirSync(join(dir, 'archive')))
    assert.equal(
      readFileSync(join(dir, 'requeue', name, 'subscribers'), 'latin1'),
      `${readFileSync(join(dir, 'archive', name), 'latin1')}@example.org\n`,
    )
})

test('commitPost() leaves a queue of recipients alone that another program has just made', async (t) => {
  const dir = scratchList(t)
  writeFileSync(preparedPath(dir, id), 'mail')
  const waiting = join(dir, 'requeue/1/subscribers')
  const recipients = () => {
    mkdirSync(join(dir, 'requeue/1'))
    writeFileSync(waiting, 'ann@example.org\n')
    return batches(['joe@example.org'])
  }
  await assert.rejects(commitPost(dir, preparedPath(dir, id), true, recipients))
  assert.equal(readFileSync(waiting, 'latin1'), 'ann@example.org\n')
})
