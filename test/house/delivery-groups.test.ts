import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList, type ListSetup } from '../_list.ts'
import { post } from '../_mail.ts'
import { command, ours } from '../_program.ts'
import { startSink, type Sink, type SinkOptions } from '../_sink.ts'

const features = ['PIPELINING', '8BITMIME', 'XVERP']
const five = ['a', 'b', 'c', 'd', 'e'].map((who) => `${who}@example.net`)

/** What the relay got of one post: sender, parameters and recipients of each transaction. */
async function posted(options: SinkOptions, setup: ListSetup = {}): Promise<readonly string[]> {
  await using sink = await startSink({ features, ...options })
  return await postedTo(sink, setup)
}

async function postedTo(sink: Sink, setup: ListSetup): Promise<readonly string[]> {
  await using list = await scratchList({ port: sink.port, subscribers: five, ...setup })
  await list.write('queue/post', post())
  const { code, stderr } = await command(ours, 'mlmmj-send', [
    '-L',
    list.dir,
    '-m',
    list.path('queue/post'),
  ])
  assert.deepEqual([code, stderr], [0, ''])
  assert.deepEqual(await list.waiting(), [], 'somebody still waits')
  assert.deepEqual(sink.recipients(), [...(setup.subscribers ?? five)].sort(), 'everybody once')
  return sink.taken.map(({ from, parameters, to }) =>
    [from.split('@')[0], parameters, to.map((one) => one.split('@')[0]).join(' ')].join(' | '),
  )
}

const group = 'talk+bounces-1 | XVERP=-='

test('a relay that offers XVERP gets one mail for all', async () => {
  assert.deepEqual(await posted({}), [`${group} | a b c d e`])
})

test('a relay that does not offer it gets one for each, whatever it would take', async () => {
  const got = await posted({ features: ['PIPELINING'] })
  assert.equal(got.length, 5)
  assert.equal(got[0], 'talk+bounces-1-a=example.net |  | a')
})

test('an address of which the relay would make another return path has a mail of his own', async () => {
  const subscribers = ['a@example.net', 'o"x@example.net', 'z@example.net']
  assert.deepEqual((await posted({}, { subscribers })).toSorted(), [
    `${group} | a z`,
    'talk+bounces-1-o"x=example.net |  | o"x',
  ])
})

test('a list may set how many share one, and that none do', async () => {
  const two = await posted({}, { control: { maxverprecips: '2\n' } })
  assert.deepEqual(two.toSorted(), [
    `${group} | a b`,
    `${group} | c d`,
    'talk+bounces-1-e=example.net |  | e',
  ])
  assert.equal((await posted({}, { control: { maxverprecips: '1\n' } })).length, 5)
})

test('copies that differ go singly', async () => {
  assert.equal((await posted({}, { control: { addtohdr: '' } })).length, 5)
})

test('a bounce address of its own is the one that the relay extends', async () => {
  const control = { staticbounceaddr: 'bounce@example.org\n' }
  assert.deepEqual(await posted({}, { control }), ['bounce+talk-bounces-1 | XVERP=-= | a b c d e'])
})

test('a relay that offers XVERP and refuses it gets one for each, at once', async () => {
  for (const pipelining of ['PIPELINING', 'NOTHING']) {
    const got = await posted({
      features: [pipelining, 'XVERP'],
      answer: ({ verb, argument }) =>
        verb === 'MAIL' && argument.includes('XVERP') ? '555 5.5.4 not from you' : undefined,
    })
    assert.equal(got.length, 5)
  }
})

/** Takes so many recipients in one mail, as Postfix does with smtpd_recipient_limit. */
function taking(most: number): NonNullable<SinkOptions['answer']> {
  const taken = new Map<number, number>()
  return ({ verb, connection }) => {
    if (verb === 'MAIL') taken.set(connection, 0)
    if (verb !== 'RCPT') return undefined
    const count = (taken.get(connection) ?? 0) + 1
    taken.set(connection, count)
    return count > most ? '452 4.5.3 Error: too many recipients' : undefined
  }
}

for (const pipelining of ['PIPELINING', 'NOTHING'])
  test(`who is too many for one mail is in the next, ${pipelining}`, async () => {
    await using sink = await startSink({
      features: [pipelining, 'XVERP'],
      answer: taking(2),
    })
    const got = await postedTo(sink, {})
    assert.deepEqual(got, [`${group} | a b`, `${group} | c d`, `${group} | e`])
    // Once it has shown how many it takes, it is not offered more.
    assert.equal(sink.steps.filter(({ verb }) => verb === 'RCPT').length, 5 + 2 + 1)
  })

test('a relay that says how many it takes is given no more', async () => {
  const got = await posted({
    features: [...features, 'LIMITS RCPTMAX=3'],
    answer: taking(3),
  })
  assert.deepEqual(got.toSorted(), [`${group} | a b c`, `${group} | d e`])
})

test('a refused recipient keeps nobody of his group', async () => {
  await using sink = await startSink({
    features,
    answer: ({ verb, argument }) =>
      verb === 'RCPT' && argument.includes('c@') ? '550 5.1.1 nobody' : undefined,
  })
  await using list = await scratchList({ port: sink.port, subscribers: five })
  await list.write('queue/post', post())
  const args = ['-L', list.dir, '-m', list.path('queue/post')]
  assert.equal((await command(ours, 'mlmmj-send', args)).code, 0)
  assert.deepEqual(
    sink.recipients(),
    five.filter((who) => !who.startsWith('c')),
  )
  assert.deepEqual(await list.names('bounce'), ['c=example.net'])
})

test('the lone 452 of a full mailbox is no limit', async () => {
  await using sink = await startSink({
    features,
    answer: ({ verb, argument }) =>
      verb === 'RCPT' && argument.includes('c@') ? '452 4.2.2 mailbox full' : undefined,
  })
  await using list = await scratchList({ port: sink.port, subscribers: five })
  await list.write('queue/post', post())
  await command(ours, 'mlmmj-send', ['-L', list.dir, '-m', list.path('queue/post')])
  assert.equal(sink.taken.length, 1)
  assert.equal(await list.read('requeue/1/subscribers'), 'c@example.net\n')
})
