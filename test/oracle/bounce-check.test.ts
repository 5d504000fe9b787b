/** A spool that mlmmj 1.3 serves too, with return paths that hold a check (docs/decisions/abuse.md). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, debian, ours, withoutDebian, type House } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { until } from '../_until.ts'

const options = { skip: withoutDebian, timeout: 60_000 }

function bounceTo(address: string): string {
  return post({ sender: '', from: 'MAILER-DAEMON@mx.example.net', to: address })
}

async function played(sender: House, taker: House) {
  await using sink = await startSink()
  await using list = await scratchList({
    port: sink.port,
    subscribers: ['ann@example.org'],
    control: { bouncecheck: '' },
  })
  const receive = async (house: House, stdin: string) => {
    const { code } = await command(house, 'mlmmj-receive', ['-F', '-L', list.dir], { stdin })
    assert.equal(code, 0)
  }
  await receive(sender, post())
  const [sent] = await sink.waitFor(1)
  await receive(taker, bounceTo(sent?.from ?? ''))
  const read = async () => (await list.read('bounce/ann=example.org')) ?? ''
  // The post and the bounce are settled when neither program has anything in hand.
  await until(
    async () => (await list.names('incoming')).length === 0,
    10_000,
    () => 'the bounce to be taken',
  )
  return { from: sent?.from ?? '', record: (await read()).replace(/:\d+ # .*\n/, ':TIME\n') }
}

test('mlmmj 1.3 takes a bounce of ours with a check in its address', options, async () => {
  const { from, record } = await played(ours, debian)
  const [, which] =
    /^talk\+bounces-(1\.[0-9a-f]{10})-ann=example\.org@example\.org$/.exec(from) ?? []
  assert.equal(record, `${which}:TIME\n`)
})

test('a bounce of mlmmj 1.3, which knows no check, does nothing with us', options, async () => {
  const { from, record } = await played(debian, ours)
  assert.equal(from, 'talk+bounces-1-ann=example.org@example.org')
  assert.equal(record, '')
})

test('our own bounce counts with us, under the number of the post', options, async () => {
  assert.equal((await played(ours, ours)).record, '1:TIME\n')
})
