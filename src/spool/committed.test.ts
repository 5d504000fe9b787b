import assert from 'node:assert/strict'
import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { isCommitted } from './committed.ts'

const id = '0123456789abcdef'

test('isCommitted() finds the second link on each shelf it may be on', async (t) => {
  for (const place of ['archive/12', `moderation/${id}`, 'requeue/3/mailfile']) {
    const dir = scratchList(t)
    const prepared = join(dir, 'queue', id)
    writeFileSync(prepared, 'mail')
    mkdirSync(join(dir, 'requeue/3'))
    assert.equal(await isCommitted(dir, prepared), false, place)
    linkSync(prepared, join(dir, place))
    assert.equal(await isCommitted(dir, prepared), true, place)
  }
})

test('isCommitted() finds a post by its number, however many are behind it', async (t) => {
  const dir = scratchList(t)
  const prepared = join(dir, 'queue', id)
  writeFileSync(prepared, 'mail')
  linkSync(prepared, join(dir, 'archive/900000'))
  for (const index of ['900000', '900500', '899999', '', 'junk']) {
    writeFileSync(join(dir, 'index'), index)
    assert.equal(await isCommitted(dir, prepared), true, index)
  }
})

test('isCommitted() is not deceived by the links of a backup', async (t) => {
  const dir = scratchList(t)
  const prepared = join(dir, 'queue', id)
  writeFileSync(prepared, 'mail')
  mkdirSync(join(dir, 'snapshot'))
  linkSync(prepared, join(dir, 'snapshot', id))
  writeFileSync(join(dir, 'archive/1'), 'mail')
  assert.equal(await isCommitted(dir, prepared), false)
})

test('isCommitted() says no for a mail that is not there', async (t) => {
  const dir = scratchList(t)
  assert.equal(await isCommitted(dir, join(dir, 'queue', id)), false)
})
