import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Together } from './_together.ts'

/** Deeds that a test ends one by one. */
function deeds(overlap = false) {
  const begun: { items: readonly string[]; end: (fault?: Error) => void }[] = []
  const together = new Together<string>(
    (items) =>
      new Promise((resolve, reject) => {
        begun.push({ items, end: (fault) => (fault ? reject(fault) : resolve()) })
      }),
    overlap,
  )
  return { begun, at: (item: string, place = 'here') => together.at(place, item) }
}

test('a deed that has begun is not shared, the next one is', async () => {
  const { begun, at } = deeds()
  const first = at('a')
  await turn()
  const ended: string[] = []
  const later = ['b', 'c'].map((item) => at(item).then(() => ended.push(item)))
  await turn()
  assert.deepEqual(
    begun.map(({ items }) => items),
    [['a']],
  )
  begun[0]?.end()
  await first
  await turn()
  assert.deepEqual(ended, [])
  assert.deepEqual(begun[1]?.items, ['b', 'c'])
  begun[1]?.end()
  await Promise.all(later)
  assert.equal(begun.length, 2)
})

test('a deed that fails does so for all who share it, and for nobody else', async () => {
  const { begun, at } = deeds()
  const first = at('a')
  await turn()
  const shared = [at('b'), at('c')]
  begun[0]?.end(new RangeError('no'))
  await assert.rejects(first, RangeError)
  await turn()
  const last = at('d')
  begun[1]?.end(new RangeError('no'))
  for (const one of shared) await assert.rejects(one, RangeError)
  await turn()
  begun[2]?.end()
  await last
})

test('places do not wait for each other, nor deeds that may overlap', async () => {
  const apart = deeds()
  const two = [apart.at('a', 'here'), apart.at('b', 'there')]
  await turn()
  assert.equal(apart.begun.length, 2)
  for (const { end } of apart.begun) end()
  await Promise.all(two)
  const { begun, at } = deeds(true)
  const first = [at('a'), at('b')]
  await turn()
  const second = at('c')
  await turn()
  assert.deepEqual(
    begun.map(({ items }) => items),
    [['a', 'b'], ['c']],
  )
  begun[1]?.end()
  await second
  begun[0]?.end()
  await Promise.all(first)
})
