import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesFromText } from '../src/base/bytes.ts'
import { isMessagesPath, messagesPath } from './_path.ts'

test('a mail is posted to its list with its envelope', () => {
  assert.equal(
    messagesPath('talk', { sender: '', recipient: 'talk+subscribe@example.org' }),
    '/lists/talk/messages?sender=&recipient=talk%2Bsubscribe%40example.org',
  )
  assert.equal(messagesPath('example.org/talk', {}), '/lists/example.org/talk/messages')
  assert.equal(messagesPath('a b?#', {}), '/lists/a%20b%3F%23/messages')
})

test('whatever an envelope holds, it stays in its parameter', () => {
  // Code points alone: half a surrogate pair cannot be in an argument.
  const text = fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString())
  fc.assert(
    fc.property(text, text, (sender, extension) => {
      const envelope = { sender: bytesFromText(sender), extension: bytesFromText(extension) }
      const path = messagesPath('talk', envelope)
      assert.ok(isMessagesPath(path), path)
      const { pathname, searchParams } = new URL(path, 'http://127.0.0.1')
      assert.equal(pathname, '/lists/talk/messages')
      assert.deepEqual([...searchParams], Object.entries({ sender, extension }))
    }),
  )
})

test('other paths are known as such', () => {
  for (const path of [
    '',
    '/',
    '/lists//messages',
    '/lists/a/b/c/messages',
    '/lists/a/messages?a b',
  ])
    assert.equal(isMessagesPath(path), false, path)
})
