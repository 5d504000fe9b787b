import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  applied,
  notesFor,
  wantedSettings,
  type PostfixFacts,
  type PostfixWish,
} from './postfix-plan.ts'
import { undone } from './postfix-state.ts'

const wish: PostfixWish = {
  mode: 'lmtp',
  lookup: 'socketmap',
  host: '127.0.0.1',
  lmtpPort: 8024,
  socketmapPort: 7778,
  httpPort: 7777,
  dummyDomain: 'localhost.mlmmj',
  domains: ['example.org', 'lists.example.org'],
  listDomains: ['lists.example.org'],
  maps: { dir: '/conf', type: 'regexp' },
  pipe: { user: 'nobody', client: '/bin/client', tokenFile: '/etc/token' },
}

const facts: PostfixFacts = {
  version: '3.7.11',
  state: new Map([['master.cf lmtp/unix', 'lmtp unix - - y - - lmtp']]),
  defaults: new Map([
    ['virtual_alias_maps', '$virtual_maps'],
    ['virtual_alias_domains', '$virtual_alias_maps'],
    ['transport_maps', ''],
  ]),
  accepts: new Map([['mydestination', 'localhost, Example.org']]),
}

const pipemap =
  'pipemap:{regexp:{{/^(.+@(example\\.org|lists\\.example\\.org))$$/ $${1}}}, ' +
  'socketmap:inet:127.0.0.1:7778:virtual}'
const route = 'lmtp:inet:127.0.0.1:8024'

function values(wanted: PostfixWish, given: PostfixFacts = facts) {
  return Object.fromEntries(applied(wantedSettings(wanted, given), given).state)
}

test('LMTP with socketmap asks for the domains of lists alone, and adds to what is there', () => {
  const state = new Map([...facts.state, ['main.cf transport_maps', 'hash:/etc/postfix/transport']])
  assert.deepEqual(values(wish, { ...facts, state }), {
    'master.cf lmtp/unix': 'lmtp unix - - y - - lmtp',
    'main.cf virtual_alias_maps': `$virtual_maps, ${pipemap}`,
    'main.cf transport_maps': `hash:/etc/postfix/transport, inline:{{localhost.mlmmj = ${route}} {.localhost.mlmmj = ${route}}}`,
    'main.cf virtual_alias_domains': '$virtual_alias_maps, lists.example.org',
  })
})

test('an IPv6 address is put into brackets, and a missing lmtp service is added', () => {
  const found = values({ ...wish, host: '::1' }, { ...facts, state: new Map() })
  assert.match(found['main.cf virtual_alias_maps'] ?? '', /socketmap:inet:\[::1\]:7778:virtual/)
  assert.match(found['main.cf transport_maps'] ?? '', /lmtp:inet:\[::1\]:8024/)
  assert.equal(found['master.cf lmtp/unix'], 'lmtp unix - - n - - lmtp')
})

test('a pipe with maps needs the tables, a service and one recipient for each mail', () => {
  const found = values({ ...wish, mode: 'pipe', lookup: 'maps', listDomains: [] })
  assert.deepEqual(found, {
    'master.cf lmtp/unix': 'lmtp unix - - y - - lmtp',
    'main.cf virtual_alias_maps': '$virtual_maps, regexp:/conf/virtual.regexp',
    'main.cf transport_maps': 'regexp:/conf/transport.regexp',
    'main.cf mlmmj_destination_recipient_limit': '1',
    'master.cf mlmmj/unix':
      'mlmmj unix - n n - 10 pipe flags=DORq user=nobody null_sender= argv=/bin/client ' +
      '--mlmmj 127.0.0.1 --port 7777 --token-file /etc/token --sender ${sender} ' +
      '--recipient ${original_recipient} ${nexthop}',
  })
})

test('indexed maps need recipient_delimiter, and keep one that is set', () => {
  const indexed = { ...wish, lookup: 'maps', maps: { dir: '/conf', type: 'hash' } } as const
  const found = values(indexed)
  assert.equal(found['main.cf recipient_delimiter'], '+')
  assert.equal(found['main.cf virtual_alias_maps'], '$virtual_maps, hash:/conf/virtual')
  const state = new Map([['main.cf recipient_delimiter', '-']])
  assert.equal(values(indexed, { ...facts, state })['main.cf recipient_delimiter'], '-')
})

test('a Postfix before 3.7 is asked without the limit to domains, and told so', () => {
  const old = { ...facts, version: '3.6.4' }
  assert.equal(
    values(wish, old)['main.cf virtual_alias_maps'],
    '$virtual_maps, socketmap:inet:127.0.0.1:7778:virtual',
  )
  assert.match(notesFor(wish, old).join('\n'), /older than 3\.7/)
  for (const version of ['3.7.0', '3.10.2', '4.0'])
    assert.deepEqual(notesFor(wish, { ...facts, version }), [])
})

test('applying twice changes nothing, and undoing leads back', () => {
  for (const mode of ['lmtp', 'pipe'] as const)
    for (const lookup of ['socketmap', 'maps'] as const) {
      const settings = wantedSettings({ ...wish, mode, lookup }, facts)
      const once = applied(settings, facts)
      assert.ok(once.done.length > 0)
      const twice = applied(settings, { ...facts, state: once.state })
      assert.deepEqual(twice, { state: once.state, done: [] })
      assert.deepEqual(undone(once.state, once.done), facts.state)
    }
})

test('a domain that Postfix takes mail for already is not added', () => {
  for (const [parameter, value] of [
    ['mydestination', 'a, lists.example.org'],
    ['virtual_mailbox_domains', 'LISTS.example.org'],
    ['relay_domains', 'example.org'],
  ] as const) {
    const accepts = new Map([[parameter, value]])
    assert.equal(values(wish, { ...facts, accepts })['main.cf virtual_alias_domains'], undefined)
  }
})

test('the notes name a domain that seems not to be taken, and what each choice costs', () => {
  const notes = (changed: Partial<PostfixWish>) => notesFor({ ...wish, ...changed }, facts)
  assert.match(notes({ listDomains: [] })[0] ?? '', /take mail for lists\.example\.org/)
  assert.match(notes({ mode: 'pipe' })[0] ?? '', /all mail waits/)
  assert.match(notes({ lookup: 'maps' })[0] ?? '', /postfix reload/)
  const hash = { lookup: 'maps', maps: { dir: '/conf', type: 'hash' } } as const
  assert.match(notes(hash).join('\n'), /^In this type of table/)
})

test('every setting has a reason', () => {
  for (const mode of ['lmtp', 'pipe'] as const)
    for (const lookup of ['socketmap', 'maps'] as const)
      for (const { why } of wantedSettings({ ...wish, mode, lookup }, facts))
        assert.match(why, /^\S.*\.$/s)
})
