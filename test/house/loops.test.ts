/** Mail that would go round for ever: each world here comes to an end by itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { maintain } from '../../src/flows/upkeep.ts'
import { hearEvents } from './_service-house.ts'
import { addressIn, field, letterOf, postOffice, type Person } from './_post-office.ts'

const [talk, gossip] = ['talk@example.org', 'gossip@example.net']

/** What vacation(1) or Sieve makes (RFC 3834, RFC 5230): to the return path, from nobody. */
function polite(own: string): Person {
  return ({ from }) =>
    from === ''
      ? undefined
      : letterOf(own, from, ['Auto-Submitted: auto-replied', 'X-Note: away'], '')
}

/** Answers whatever comes, where answers are wanted, from its own address, each time; says nothing. */
function rude(own: string, headers: readonly string[] = []): Person {
  return ({ mail }) => {
    const to = addressIn(field(mail, 'Reply-To') ?? field(mail, 'From'))
    const subject = `Subject: Out of office: ${field(mail, 'Subject') ?? ''}`
    const answer = letterOf(own, to, headers)
    return { ...answer, mail: answer.mail.replace('Subject: hello', subject) }
  }
}

for (const delheaders of ['', 'X-Loop:\nX-\nList-\n'])
  test(`two lists that are subscribed to each other send a post once${delheaders && ', whatever headers they delete'}`, async () => {
    await using events = hearAll()
    await using office = await postOffice([
      {
        address: talk,
        subscribers: ['ann@example.org', gossip],
        control: { delheaders, tocc: '' },
      },
      {
        address: gossip,
        subscribers: ['bob@example.net', talk],
        control: { delheaders, tocc: '' },
      },
    ])
    await office.write(letterOf('ann@example.org', talk))
    assert.ok(await office.settles(60), `${office.delivered.length} mails and no end`)
    const got = office.delivered.map(({ to }) => to.join())
    assert.deepEqual(got.sort(), ['ann@example.org', 'bob@example.net', gossip, talk].sort())
    const kept = await office.lists.get(talk)?.names('queue/discarded')
    assert.equal(kept?.length, 1, 'what came back lies in queue/discarded')
    assert.match(events.lines.join('\n'), /^mail-discarded .*talk.* why="loop"$/m)
  })

test('a list without our mark between two others, and a List-Id of their own, end it too', async () => {
  const control = { tocc: '', customheaders: 'List-Id: talk <talk.example.org>\n' }
  await using office = await postOffice([
    { address: talk, subscribers: ['ann@example.org'], control },
  ])
  await office.write(letterOf('ann@example.org', talk, ['List-Id: <TALK.example.org>']))
  await office.write(letterOf('ann@example.org', talk, ['List-Id: <talk.example.net>']))
  assert.ok(await office.settles(20))
  assert.equal(office.delivered.length, 1)
})

test('two vacation responders that keep the rules are heard by nobody', async () => {
  await using office = await postOffice(
    [{ address: talk, subscribers: ['ann@example.org', 'bob@example.net'] }],
    { 'ann@example.org': polite('ann@example.org'), 'bob@example.net': polite('bob@example.net') },
  )
  await office.write(letterOf('joe@example.org', talk))
  assert.ok(await office.settles(20))
  assert.equal(office.delivered.length, 2)
  assert.deepEqual(await office.lists.get(talk)?.names('bounce'), [])
})

test('two vacation responders that answer the list, and say so, are not sent on', async () => {
  await using events = hearAll()
  const says = ['Auto-Submitted: auto-replied']
  await using office = await postOffice(
    [
      {
        address: talk,
        subscribers: ['ann@example.org', 'bob@example.net'],
        control: { customheaders: `Reply-To: ${talk}\n` },
      },
    ],
    {
      'ann@example.org': rude('ann@example.org', says),
      'bob@example.net': rude('bob@example.net', says),
    },
  )
  await office.write(letterOf('joe@example.org', talk))
  assert.ok(await office.settles(40))
  assert.equal(office.delivered.length, 2)
  assert.equal((await office.lists.get(talk)?.names('queue/discarded'))?.length, 2)
  assert.match(events.lines.join('\n'), /^mail-discarded .*why="autoreply"$/m)
})

test('two vacation responders that answer the list, each time, and do not say so, come to an end', async () => {
  await using events = hearAll()
  await using office = await postOffice(
    [
      {
        address: talk,
        subscribers: ['ann@example.org', 'bob@example.net'],
        control: { customheaders: `Reply-To: ${talk}\n`, notmetoo: '', repeatlimit: '6\n' },
      },
    ],
    { 'ann@example.org': rude('ann@example.org'), 'bob@example.net': rude('bob@example.net') },
  )
  await office.write(letterOf('joe@example.org', talk))
  assert.ok(await office.settles(200), 'they write for ever')
  // Joe's post to both; six notices of each to the other.
  assert.equal(office.delivered.length, 2 + 6 + 6)
  assert.match(events.lines.join('\n'), /^mail-discarded .*why="repeated"$/m)
})

test('a vacation responder that answers the answers of the list comes to an end', async () => {
  await using events = hearAll()
  await using office = await postOffice(
    [{ address: talk, subscribers: [], control: { answerlimit: '4\n' } }],
    {
      'ann@example.org': ({ from, mail }) => {
        const answer = rude('ann@example.org')({ from, to: 'ann@example.org', mail })
        // It answers for ever: each help makes it ask for help again.
        return answer && { ...answer, to: 'talk+help@example.org' }
      },
    },
  )
  await office.write(letterOf('ann@example.org', 'talk+help@example.org'))
  assert.ok(await office.settles(50), 'they write for ever')
  assert.equal(office.delivered.length, 4)
  assert.match(events.lines.join('\n'), /^request-ignored .*answerlimit/m)
  assert.equal((await office.lists.get(talk)?.names('queue/discarded'))?.length, 1)
})

test('a vacation responder that confirms what it was never asked ends as a member who is left alone', async () => {
  const ann = 'ann@example.org'
  await using office = await postOffice(
    [{ address: talk, subscribers: [], control: { answerlimit: '4\n' } }],
    { [ann]: rude(ann), 'owner@example.org': rude('owner@example.org') },
  )
  await office.write(letterOf(ann, 'talk+subscribe@example.org'))
  assert.ok(await office.settles(60), 'they write for ever')
  assert.ok(office.delivered.length <= 16, `${office.delivered.length} mails`)
})

test('lists that take each other’s digests end it', async () => {
  const digest = { digestmaxmails: '1\n', digestinterval: '999999999\n', tocc: '' }
  await using office = await postOffice([
    { address: talk, subscribers: [], digesters: [gossip], control: digest },
    { address: gossip, subscribers: [], digesters: [talk], control: digest },
  ])
  await office.write(letterOf('ann@example.org', talk))
  for (let round = 0; round < 4; round++) {
    for (const list of office.lists.values()) await maintainNow(list.dir)
    assert.ok(await office.settles(20))
  }
  const digests = office.delivered.map(({ to }) => to.join())
  assert.deepEqual(digests, [gossip, talk])
  assert.equal(await office.lists.get(talk)?.index(), 1)
  assert.equal(await office.lists.get(gossip)?.index(), 1)
})

test('two lists that refuse each other’s mail do not answer each other', async () => {
  const control = { subonlypost: '', tocc: '' }
  await using office = await postOffice([
    { address: talk, subscribers: [gossip], control: { ...control, customheaders: 'X-A: 1\n' } },
    { address: gossip, subscribers: [talk], control },
  ])
  // Each seems to have written to the other.
  await office.write(letterOf(gossip, talk, [], 'gossip+bounces-help@example.net'))
  await office.write(letterOf(talk, gossip, [], 'talk+owner@example.org'))
  assert.ok(await office.settles(30))
  assert.ok(office.delivered.length <= 4, `${office.delivered.length} mails`)
})

function hearAll() {
  const events = hearEvents()
  return { lines: events.lines, [Symbol.asyncDispose]: async () => events[Symbol.dispose]() }
}

async function maintainNow(listDir: string): Promise<void> {
  await maintain(openHouse(readConfig({ MLMMJ_TEXTS: 'texts' })), listDir)
}
