/** Our list and one of mlmmj 1.3.0, subscribed to each other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, debian, ours, withoutDebian, type House } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { pause } from '../_until.ts'

const options = { skip: withoutDebian, timeout: 60_000 }
const [talk, gossip] = ['talk@example.org', 'gossip@example.net']

/** Brings each list what the other one sends, until nothing comes for a while or it does not end. */
async function rounds(first: House, second: House, mostMails: number): Promise<string[]> {
  await using sink = await startSink()
  const control = { tocc: '' }
  const both = { port: sink.port, control }
  await using own = await scratchList({ ...both, address: talk, subscribers: [gossip] })
  await using other = await scratchList({ ...both, address: gossip, subscribers: [talk] })
  const receive = async (house: House, list: ScratchList, stdin: string) => {
    const { code } = await command(house, 'mlmmj-receive', ['-F', '-L', list.dir], { stdin })
    assert.equal(code, 0)
  }
  await receive(first, own, post())
  for (let at = 0, quiet = 0; quiet < 40 && sink.taken.length < mostMails; quiet++) {
    for (let next = sink.taken[at]; next && at < mostMails; next = sink.taken[at]) {
      at++
      quiet = 0
      const mail = `Return-Path: <${next.from}>\n${next.mail.toString('latin1').replaceAll('\r\n', '\n')}`
      if (next.to.includes(gossip)) await receive(second, other, mail)
      else await receive(first, own, mail)
    }
    await pause(25)
  }
  return sink.taken.flatMap(({ to }) => to)
}

test('two lists of mlmmj 1.3 write to each other for ever', options, async () => {
  assert.ok((await rounds(debian, debian, 8)).length >= 8)
})

test('one list of ours ends it', options, async () => {
  assert.deepEqual(await rounds(ours, debian, 8), [gossip, talk])
})

test('and so it is when the other one begins', options, async () => {
  assert.deepEqual(await rounds(debian, ours, 8), [gossip, talk, gossip])
})
