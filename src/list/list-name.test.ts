import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyNoDomain, whyNoListName } from './list-name.ts'

for (const name of ['talk', 'Talk-2', 'a.b_c', 'x'.repeat(64)])
  test(`whyNoListName() has nothing against ${name}`, () => {
    assert.equal(whyNoListName(name), undefined)
  })

const bad = [
  '',
  '.',
  '..',
  '.talk',
  'a..b',
  'talk.',
  '../talk',
  'a/b',
  '/abs',
  '-talk',
  'talk+x',
  'two words',
  'tab\there',
  'nul\0',
  'line\n',
  'ünfein',
  'a"b',
  'a|b',
  '$(id)',
  'a@b',
  'x'.repeat(65),
]
for (const name of bad)
  test(`whyNoListName() says why ${JSON.stringify(name)} is no name`, () => {
    assert.match(whyNoListName(name) ?? '', /^[a-z][^\n\0]+$/)
  })

test('whyNoDomain() knows a domain name', () => {
  for (const domain of ['example.org', 'localhost', 'xn--bcher-kva.example.org'])
    assert.equal(whyNoDomain(domain), undefined)
  for (const domain of ['', 'a b', '-a.org', 'example..org', '.org', 'a_b.org', 'x'.repeat(254)])
    assert.notEqual(whyNoDomain(domain), undefined)
})
