import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesFromText } from '../../src/base/bytes.ts'
import { scratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, ours } from '../_program.ts'
import { startSink } from '../_sink.ts'

// The low bytes of these two are a quotation mark and a line feed.
const girts = 'ĢĊirts@example.org'

test('mlmmj-receive keeps the envelope of a sender whose name is not ASCII', async () => {
  await using sink = await startSink({ features: ['SMTPUTF8'] })
  await using list = await scratchList({ port: sink.port, subscribers: ['ann@example.org'] })
  const stdin = post({ sender: null })
  await command(ours, 'mlmmj-receive', ['-F', '-L', list.dir, '-s', girts, '-e', ''], { stdin })
  assert.deepEqual(await list.names('archive'), ['1'])
  await command(ours, 'mlmmj-receive', ['-F', '-L', list.dir, '-s', girts, '-e', 'owner'], {
    stdin,
  })
  assert.equal(sink.taken.at(-1)?.from, bytesFromText(girts))
})

test('mlmmj-send sends to an address that is not ASCII', async () => {
  await using sink = await startSink({ features: ['SMTPUTF8'] })
  await using list = await scratchList({ port: sink.port })
  await list.write('mail', post())
  const args = ['-L', list.dir, '-m', list.path('mail'), '-l', '1', '-F', 'joe@example.org']
  await command(ours, 'mlmmj-send', [...args, '-T', girts])
  assert.deepEqual(sink.taken[0]?.to, [bytesFromText(girts)])
})
