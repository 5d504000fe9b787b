import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extensions, type ExtensionName } from '../list/extensions.ts'
import { readSettings } from '../list/tunables.ts'
import { whyNotServed } from './request.ts'

function served(name: ExtensionName, files: Readonly<Record<string, string>>, member = false) {
  const settings = readSettings(
    (file) => (files[file] === undefined ? undefined : Buffer.from(files[file])),
    () => undefined,
  )
  const why = whyNotServed(name, settings, { sender: 'ann@example.org', isSubscriber: member })
  return why === undefined
}

const names = Object.keys(extensions) as ExtensionName[]

test('whyNotServed() serves everything but +list on an open list', () => {
  assert.deepEqual(
    names.filter((name) => !served(name, {})),
    ['list'],
  )
})

test('whyNotServed() keeps a closed list closed, but lets an invited member confirm', () => {
  const closed = names.filter((name) => !served(name, { closedlist: '', owner: 'ann@example.org' }))
  assert.deepEqual(closed, ['subscribe', 'unsubscribe', 'confunsub'])
  const entrance = names.filter((n) => !served(n, { closedlistsub: '', owner: 'ann@example.org' }))
  assert.deepEqual(entrance, ['subscribe'])
})

test('whyNotServed() guards old posts', () => {
  assert.equal(served('get', { noget: '' }, true), false)
  assert.equal(served('get', { subonlyget: '' }), false)
  assert.equal(served('get', { subonlyget: '' }, true), true)
})

test('whyNotServed() shows the subscribers to owners alone', () => {
  assert.equal(served('list', { owner: 'joe@example.org\nANN@example.org\n' }), true)
  assert.equal(served('list', { owner: 'joe@example.org\n' }), false)
  assert.equal(served('list', { owner: 'ann@example.org\n', nolistsubsemail: '' }), false)
})
