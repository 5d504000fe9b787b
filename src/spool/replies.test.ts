import assert from 'node:assert/strict'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { mailIdOf } from './mail-id.ts'
import { dropReply, queueReply, readReply, touchReply, waitingReplies } from './replies.ts'

const id = mailIdOf('0123456789abcdef')
const mail = Buffer.from('Subject: no\n\n')
const envelope = { id, from: 'talk+bounces-help@example.net', to: 'ann@example.org', mail }

test('queueReply() writes the sidecars of mlmmj, without line ends', async (t) => {
  const dir = scratchList(t)
  await queueReply(dir, envelope)
  assert.deepEqual(readdirSync(join(dir, 'queue')).sort(), [
    id,
    `${id}.mailfrom`,
    `${id}.reciptto`,
    'discarded',
  ])
  assert.equal(readFileSync(join(dir, `queue/${id}.mailfrom`), 'latin1'), envelope.from)
  assert.equal(readFileSync(join(dir, `queue/${id}.reciptto`), 'latin1'), envelope.to)
  const { since, ...read } = (await readReply(dir, id)) ?? { since: 0 }
  assert.deepEqual(read, { ...envelope, replyTo: undefined })
  assert.ok(since > 0)
})

test('queueReply() a second time changes nothing', async (t) => {
  const dir = scratchList(t)
  await queueReply(dir, envelope)
  await queueReply(dir, { ...envelope, mail: Buffer.from('other') })
  assert.deepEqual((await readReply(dir, id))?.mail, mail)
})

test('the null reverse-path survives the queue', async (t) => {
  const dir = scratchList(t)
  await queueReply(dir, { ...envelope, from: '' })
  assert.equal((await readReply(dir, id))?.from, '')
  assert.equal(readFileSync(join(dir, `queue/${id}.mailfrom`), 'latin1'), '\n')
})

test('waitingReplies() finds what mlmmj queued, not what is incomplete or was just tried', async (t) => {
  const dir = scratchList(t)
  const [whole, half] = ['a'.repeat(16), 'b'.repeat(16)].map(mailIdOf)
  assert.ok(whole && half)
  writeFileSync(join(dir, 'queue', whole), 'mail')
  writeFileSync(join(dir, `queue/${whole}.mailfrom`), 'x@example.net')
  writeFileSync(join(dir, `queue/${whole}.reciptto`), 'y@example.net')
  writeFileSync(join(dir, `queue/${whole}.reply-to`), 'z@example.net\n')
  writeFileSync(join(dir, 'queue', half), 'mail')
  writeFileSync(join(dir, `queue/${half}.reciptto`), 'y@example.net')
  utimesSync(join(dir, `queue/${whole}.mailfrom`), 1_000, 1_000)
  assert.deepEqual(await waitingReplies(dir, (triedAt) => triedAt <= 1_000_000), [whole])
  assert.equal((await readReply(dir, whole))?.replyTo, 'z@example.net')
  await touchReply(dir, whole, 2_000_000)
  assert.deepEqual(await waitingReplies(dir, (triedAt) => triedAt <= 1_000_000), [])
  await dropReply(dir, whole)
  assert.deepEqual(await waitingReplies(dir), [])
  assert.equal(await readReply(dir, whole), undefined)
})
