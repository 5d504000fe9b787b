import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { editsBetween, entriesOf, undone, withEntry, withoutEntries } from './postfix-state.ts'

const maps = 'main.cf transport_maps'
const slot = { file: 'main.cf', name: 'transport_maps' } as const

test('entriesOf() splits at commas and blanks outside of braces', () => {
  assert.deepEqual(entriesOf('hash:/a,hash:/b  $c\n\tinline:{{x = y}, {z=1 2}} '), [
    'hash:/a',
    'hash:/b',
    '$c',
    'inline:{{x = y}, {z=1 2}}',
  ])
  assert.deepEqual(entriesOf(' ,, '), [])
  assert.deepEqual(entriesOf('a, {b, c'), ['a', '{b, c'])
})

test('withEntry() adds behind what is there, and nothing twice', () => {
  assert.equal(withEntry('', 'x'), 'x')
  assert.equal(withEntry('a b', 'x'), 'a b, x')
  assert.equal(withEntry('a  x,b', 'x'), 'a  x,b')
  const entry = fc.stringMatching(/^[a-z:/$]{1,8}(\{[a-z ,]{0,5}\})?$/)
  fc.assert(
    fc.property(fc.array(entry), entry, (entries, added) => {
      const value = entries.join(', ')
      const once = withEntry(value, added)
      assert.equal(withEntry(once, added), once)
      const rest = entries.filter((each) => each !== added)
      assert.equal(withoutEntries(once, [added]), rest.join(', '))
    }),
  )
})

test('undone() puts back what was there, or nothing', () => {
  const done = [
    { ...slot, from: 'a', to: 'a, x', entries: ['x'] },
    { file: 'master.cf', name: 'mlmmj/unix', from: undefined, to: 'mlmmj unix', entries: [] },
  ] as const
  const state = new Map([
    [maps, 'a, x'],
    ['master.cf mlmmj/unix', 'mlmmj unix'],
    ['main.cf other', 'o'],
  ])
  assert.deepEqual(
    undone(state, done),
    new Map([
      [maps, 'a'],
      ['main.cf other', 'o'],
    ]),
  )
})

test('undone() takes only our entries out of a value that somebody has changed', () => {
  const done = [{ ...slot, from: undefined, to: 'x', entries: ['x'] }]
  assert.equal(undone(new Map([[maps, 'b, x, c']]), done).get(maps), 'b, c')
  assert.equal(undone(new Map([[maps, 'b']]), done).get(maps), 'b')
  assert.equal(undone(new Map(), done).get(maps), undefined)
})

test('undone() leaves a value that somebody has set anew', () => {
  const done = [{ ...slot, from: '5', to: '1', entries: [] }]
  assert.equal(undone(new Map([[maps, '2']]), done).get(maps), '2')
})

test('editsBetween() names what differs', () => {
  assert.deepEqual(editsBetween(new Map([[maps, 'a']]), new Map([[maps, 'a']])), [])
  assert.deepEqual(
    editsBetween(new Map([[maps, 'a']]), new Map([['master.cf a/unix', 'a unix']])),
    [
      { ...slot, from: 'a', to: undefined },
      { file: 'master.cf', name: 'a/unix', from: undefined, to: 'a unix' },
    ],
  )
})
