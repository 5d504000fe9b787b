/** Real delivery reports, from Postfix, to return paths with and without a check (bouncecheck). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { scratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { startSink, type Sink } from '../_sink.ts'
import { until } from '../_until.ts'
import { listUser, send, startPostfix, withoutPostfix, type Postfix } from './_postfix.ts'

const options = { skip: withoutPostfix, timeout: 120_000 }
const talk = 'talk@lists.example.org'

let sink: Sink
let postfix: Postfix

before(async () => {
  if (withoutPostfix !== false) return
  sink = await startSink({
    features: ['PIPELINING', '8BITMIME'],
    answer: ({ verb, argument }) =>
      verb === 'RCPT' && argument.includes('bob@') ? '550 5.1.1 no such user' : undefined,
  })
  postfix = await startPostfix(sink.port)
})

after(async () => {
  await postfix?.[Symbol.asyncDispose]()
  await sink?.close()
})

async function sendTo(address: string, from: string, mail: string): Promise<void> {
  const args = ['--server', '127.0.0.1', '--port', String(postfix.inPort), '--silent', '2']
  await send('/usr/bin/swaks', [...args, '--from', from, '--to', address, '--data', '-'], {
    stdin: mail,
  })
}

for (const control of [{}, { bouncecheck: '' }])
  test(
    `a report of Postfix counts ${'bouncecheck' in control ? 'with' : 'without'} a check`,
    options,
    async () => {
      await using list = await scratchList({
        address: talk,
        below: postfix.listsDir,
        port: postfix.outPort,
        control,
        subscribers: ['ann@example.org', 'bob@example.net'],
      })
      await list.giveTo(listUser.uid, listUser.gid)
      await sendTo(talk, 'joe@example.org', post({ sender: null, to: talk }))
      const record = async () => (await list.read('bounce/bob=example.net')) ?? ''
      await until(
        async () => (await list.read('bounce/bob=example.net.lastmsg')) !== undefined,
        60_000,
        () => 'the report of Postfix to be on record',
      )
      assert.match(await record(), /^1:\d+ # /)
      const form = 'bouncecheck' in control ? String.raw`1\.[0-9a-f]{10}` : '1'
      const kept = (await list.read('bounce/bob=example.net.lastmsg')) ?? ''
      assert.match(kept, new RegExp(`^To: talk\\+bounces-${form}-bob=example\\.net@lists`, 'm'))
      // The same report, forged for Ann.
      const forged = 'talk+bounces-1-ann=example.org@lists.example.org'
      await sendTo(forged, '<>', kept.replaceAll('bob@example.net', 'ann@example.org'))
      await until(
        async () => (await postfix.queued()) === 0 && (await list.names('incoming')).length === 0,
        30_000,
        () => 'the forged report to be taken',
      )
      const found = (await list.read('bounce/ann=example.org')) !== undefined
      assert.equal(found, !('bouncecheck' in control))
    },
  )
