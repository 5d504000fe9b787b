import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapLists } from '../list/mapped-list.ts'
import { mapTexts, nobodyRoute, routeOf } from './postfix-maps.ts'

const dummyDomain = 'localhost.mlmmj'
const ext = '[^][:space:][:cntrl:]()<>@,;:\\\\"[]+'
const { lists } = mapLists(
  [
    {
      path: ['talk'],
      settings: { listaddress: ['talk@example.org', 'old.talk@example.net'], delimiter: undefined },
    },
    {
      path: ['example.org', 'talk-news'],
      settings: { listaddress: ['talk-news@example.org'], delimiter: '-' },
    },
    { path: ['shy'], settings: { listaddress: ['shy@example.org'], delimiter: '\x01' } },
  ],
  { dummyDomain },
)

function linesOf(text: string): string[] {
  assert.match(text, /^# Written by mlmmj-ts .*\n/)
  assert.ok(text.endsWith('\n'))
  return text.split('\n').slice(1, -1)
}

test('mapTexts() writes plain maps as mlmmj has them, for a pipe', () => {
  const texts = mapTexts(lists, { dummyDomain, route: 'mlmmj:' })
  assert.deepEqual(linesOf(texts.virtual), [
    'talk-news@example.org talk-news@example.org.localhost.mlmmj',
    'shy@example.org shy@localhost.mlmmj',
    'talk@example.org talk@localhost.mlmmj',
    'old.talk@example.net talk@localhost.mlmmj',
  ])
  assert.deepEqual(linesOf(texts.transport), [
    'talk-news@example.org.localhost.mlmmj mlmmj:example.org/talk-news',
    'shy@localhost.mlmmj mlmmj:shy',
    'talk@localhost.mlmmj mlmmj:talk',
    `localhost.mlmmj ${nobodyRoute}`,
    `.localhost.mlmmj ${nobodyRoute}`,
  ])
})

test('mapTexts() writes regexp maps with whole addresses first and long names before short ones', () => {
  const texts = mapTexts(lists, { dummyDomain, route: 'mlmmj:' })
  assert.deepEqual(linesOf(texts['virtual.regexp']), [
    '/^talk-news@example\\.org$/ talk-news@example.org.localhost.mlmmj',
    '/^shy@example\\.org$/ shy@localhost.mlmmj',
    '/^talk@example\\.org$/ talk@localhost.mlmmj',
    '/^old\\.talk@example\\.net$/ talk@localhost.mlmmj',
    `/^talk-news(-${ext})@example\\.org$/ talk-news\${1}@example.org.localhost.mlmmj`,
    `/^old\\.talk(\\+${ext})@example\\.net$/ talk\${1}@localhost.mlmmj`,
    `/^talk(\\+${ext})@example\\.org$/ talk\${1}@localhost.mlmmj`,
  ])
  assert.deepEqual(linesOf(texts['transport.regexp']), [
    '/^talk-news@example\\.org\\.localhost\\.mlmmj$/ mlmmj:example.org/talk-news',
    '/^shy@localhost\\.mlmmj$/ mlmmj:shy',
    '/^talk@localhost\\.mlmmj$/ mlmmj:talk',
    `/^talk-news(-${ext})@example\\.org\\.localhost\\.mlmmj$/ mlmmj:example.org/talk-news`,
    `/^talk(\\+${ext})@localhost\\.mlmmj$/ mlmmj:talk`,
    `/@(.+\\.)?localhost\\.mlmmj$/ ${nobodyRoute}`,
  ])
})

test('mapTexts() needs no line for each list when all go the same way', () => {
  const route = 'lmtp:inet:127.0.0.1:8024'
  const texts = mapTexts(lists, { dummyDomain, route })
  assert.deepEqual(linesOf(texts.transport), [
    `localhost.mlmmj ${route}`,
    `.localhost.mlmmj ${route}`,
  ])
  assert.deepEqual(linesOf(texts['transport.regexp']), [`/@(.+\\.)?localhost\\.mlmmj$/ ${route}`])
})

test('mapTexts() of an empty spool are valid maps', () => {
  const texts = mapTexts([], { dummyDomain, route: 'mlmmj:' })
  assert.deepEqual(linesOf(texts.virtual), [])
  assert.equal(linesOf(texts.transport).length, 2)
})

test('routeOf() puts the directory behind a route that ends in a colon', () => {
  const list = { path: ['example.org', 'talk'] }
  assert.equal(routeOf(list, 'mlmmj:'), 'mlmmj:example.org/talk')
  assert.equal(routeOf(list, 'lmtp:inet:host:8024'), 'lmtp:inet:host:8024')
})
