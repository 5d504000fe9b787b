import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFault } from '../base/fault.ts'
import {
  checkDummyDomain,
  dummyAddress,
  listMatcher,
  mapLists,
  nexthopOf,
  type ListSource,
} from './mapped-list.ts'

const options = { dummyDomain: 'localhost.mlmmj' }

function source(path: string, listaddress: string | readonly string[], delimiter?: string) {
  return { path: path.split('/'), settings: { listaddress: [listaddress].flat(), delimiter } }
}

function find(sources: readonly ListSource[], address: string): string | undefined {
  const match = listMatcher(mapLists(sources, options).lists)(address)
  return match && [nexthopOf(match.list), match.extension].join(' ').trim()
}

test('dummyAddress() is made from the directory, so no two lists share one', () => {
  assert.equal(dummyAddress(['talk'], 'localhost.mlmmj'), 'talk@localhost.mlmmj')
  const deep = dummyAddress(['example.org', 'talk'], 'localhost.mlmmj')
  assert.equal(deep, 'talk@example.org.localhost.mlmmj')
})

test('mapLists() keeps every address of a list, and its delimiter', () => {
  const { lists, leftOut } = mapLists(
    [source('talk', ['talk@example.org', 'Old.Talk@example.net'], '-')],
    options,
  )
  assert.deepEqual(leftOut, [])
  assert.deepEqual(lists, [
    {
      path: ['talk'],
      dummy: 'talk@localhost.mlmmj',
      addresses: ['talk@example.org', 'Old.Talk@example.net'],
      delimiter: '-',
    },
  ])
})

test('mapLists() gives an address that two lists have to the first, and says so', () => {
  const sources = [source('b', ['x@example.org', 'b@example.org']), source('a', 'X@example.org')]
  const { lists, leftOut } = mapLists(sources, options)
  assert.deepEqual(
    lists.map(({ path, addresses }) => [...path, ...addresses]),
    [
      ['a', 'X@example.org'],
      ['b', 'b@example.org'],
    ],
  )
  assert.equal(
    leftOut[0]?.why,
    'holds "x@example.org", which belongs to another list or is there twice',
  )
})

for (const [what, path, address] of [
  ['a blank', 'talk', 'a b@example.org'],
  ['a line end', 'talk', 'talk@example.org\nroot@example.org evil@example.net'],
  ['a slash', 'talk', '/x/@example.org'],
  ['a comment sign in front', 'talk', '#talk@example.org'],
  ['a dollar sign', 'talk', 'a${1}@example.org'],
  ['a second @', 'talk', 'a@b@example.org'],
  ['a whole domain', 'talk', '@example.org'],
  ['an odd domain', 'talk', 'talk@exa|mple.org'],
  ['the dummy domain', 'talk', 'other@localhost.mlmmj'],
  ['a domain below the dummy domain', 'talk', 'other@x.localhost.mlmmj'],
  ['a directory with a blank', 'ta lk', 'talk@example.org'],
  ['a directory with a colon', 'ta:lk', 'talk@example.org'],
  ['a directory below something that is no domain', 'a_b/talk', 'talk@example.org'],
  ['no address', 'talk', 'talk'],
] as const)
  test(`mapLists() leaves out a list with ${what}`, () => {
    const { lists, leftOut } = mapLists([source(path, address)], options)
    assert.deepEqual(lists, [])
    assert.ok(leftOut.length > 0)
    for (const { why } of leftOut) assert.match(why, /^(holds|is not used: the directory) [ -~]+$/)
  })

test('mapLists() knows a list without its extensions when the delimiter fits into no map', () => {
  const { lists, leftOut } = mapLists([source('talk', 'talk@example.org', ')|(.*')], options)
  assert.equal(lists[0]?.delimiter, undefined)
  assert.deepEqual(leftOut, [
    { path: ['talk'], file: 'delimiter', why: 'holds ")|(.*", which fits into no map' },
  ])
  assert.equal(listMatcher(lists)('talk)|(.*help@example.org'), undefined)
  assert.equal(listMatcher(lists)('talk@example.org')?.extension, '')
})

test('mapLists() keeps to the domains it is given', () => {
  const sources = [source('talk', ['talk@example.org', 'boss@example.net'])]
  const { lists } = mapLists(sources, { ...options, domains: ['EXAMPLE.org'] })
  assert.deepEqual(lists[0]?.addresses, ['talk@example.org'])
})

test('mapLists() takes only one of two directories that differ in case', () => {
  const sources = [source('Talk', 'one@example.org'), source('talk', 'two@example.org')]
  assert.deepEqual(
    mapLists(sources, options).lists.map(({ path }) => path),
    [['Talk']],
  )
})

test('mapLists() lets nothing odd through, whatever the control files hold', () => {
  const odd = fc.string({ unit: 'binary', maxLength: 40 })
  const sources = fc.array(
    fc.record({
      path: fc.array(fc.oneof(odd, fc.constantFrom('talk', 'example.org')), {
        minLength: 1,
        maxLength: 2,
      }),
      settings: fc.record({
        listaddress: fc.array(
          fc.oneof(
            odd,
            odd.map((text) => `${text}@example.org`),
            odd.map((text) => `talk@${text}`),
          ),
        ),
        delimiter: fc.option(odd, { nil: undefined }),
      }),
    }),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(sources, (all) => {
      for (const { dummy, addresses, delimiter } of mapLists(all, options).lists)
        for (const text of [dummy, ...addresses, `a${delimiter ?? '+'}@example.org`])
          assert.match(text, /^[A-Za-z0-9._=+~#-]+@[A-Za-z0-9.-]+$/)
    }),
  )
})

test('listMatcher() finds a list by its address, its extension and its dummy address', () => {
  const sources = [source('talk', 'talk@example.org'), source('example.net/news', 'n@example.net')]
  assert.equal(find(sources, 'TALK@example.ORG'), 'talk')
  assert.equal(find(sources, 'talk+subscribe@example.org'), 'talk subscribe')
  assert.equal(find(sources, 'talk+Help@localhost.mlmmj'), 'talk Help')
  assert.equal(find(sources, 'news+help@example.net.localhost.mlmmj'), 'example.net/news help')
  for (const other of ['talk@example.net', 'alk@example.org', 'talk-help@example.org', 'talk', ''])
    assert.equal(find(sources, other), undefined)
})

test('listMatcher() knows only extensions that a list answers to', () => {
  const sources = [source('talk', 'talk@example.org')]
  assert.equal(find(sources, 'talk+nonsense@example.org'), undefined)
  assert.equal(
    find(sources, 'talk+bounces-1-joe=example.net@example.org'),
    'talk bounces-1-joe=example.net',
  )
  assert.equal(find(sources, 'talk+bounces-1,x=y@example.org'), undefined)
})

test('listMatcher() prefers the whole address, then the longest name', () => {
  const sources = [
    source('a', 'talk@example.org', '-'),
    source('b', 'talk-help@example.org', '-'),
    source('c', 'talk-get@example.org', '-'),
  ]
  assert.equal(find(sources, 'talk-help@example.org'), 'b')
  assert.equal(find(sources, 'talk-get-get-5@example.org'), 'c get-5')
  assert.equal(find(sources, 'talk-get-5@example.org'), 'a get-5')
})

test('checkDummyDomain() refuses what is no domain', () => {
  assert.equal(checkDummyDomain('Localhost.MLMMJ'), 'localhost.mlmmj')
  assert.throws(
    () => checkDummyDomain('a b'),
    (thrown) => isFault(thrown, 'badUsage'),
  )
})
