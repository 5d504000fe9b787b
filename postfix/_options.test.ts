import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../src/base/fault.ts'
import { helpText, readOptions } from './_options.ts'

const least = ['--mlmmj', 'lists.example.org', 'talk']

function refuses(argv: readonly string[], says: RegExp): void {
  assert.throws(
    () => readOptions(argv),
    (thrown) => isFault(thrown, 'badUsage') && says.test(thrown.message),
    argv.join(' '),
  )
}

test('a host and a list are enough', () => {
  const { host, port, list, envelope, deadline, task, tls } = readOptions(least)
  assert.deepEqual([host, port, list, envelope], ['lists.example.org', 7777, 'talk', {}])
  assert.deepEqual([deadline, task, tls], [300, 'deliver', false])
})

test('an empty sender is the null sender, and a missing one is none', () => {
  assert.deepEqual(readOptions(['--sender', '', ...least]).envelope, { sender: '' })
  assert.deepEqual(readOptions(['--sender=', ...least]).envelope, { sender: '' })
})

test("what Postfix writes in place of the null sender is the null sender, somebody's address not", () => {
  assert.equal(readOptions(['--sender', 'MAILER-DAEMON', ...least]).envelope.sender, '')
  assert.equal(readOptions(['--sender', '<>', ...least]).envelope.sender, '')
  const full = 'MAILER-DAEMON@example.org'
  assert.equal(readOptions(['--sender', full, ...least]).envelope.sender, full)
})

test('the value of an option may look like an option', () => {
  const { envelope, list } = readOptions(['--sender', '--tls', '--extension', '--', ...least])
  assert.deepEqual(envelope, { sender: '--tls', extension: '--' })
  assert.equal(list, 'talk')
})

test('addresses are byte strings', () => {
  assert.equal(readOptions(['--sender', 'é@example.org', ...least]).envelope.sender?.length, 14)
})

test('the list is the last argument, or --list, with the domain of --domain if it has none', () => {
  const listOf = (...argv: string[]) => readOptions(['--mlmmj', 'h', ...argv]).list
  assert.equal(listOf('example.org/talk'), 'example.org/talk')
  assert.equal(listOf('--list', 'other', 'talk'), 'other')
  assert.equal(listOf('--domain', 'example.org', 'talk'), 'example.org/talk')
  assert.equal(listOf('--domain', 'example.org', 'example.net/talk'), 'example.net/talk')
  assert.equal(listOf('--', '-talk'), '-talk')
})

test('a list that could name another resource is refused', () => {
  const odd = ['', '.', '..', 'a/..', '../a', 'a/', '/a', 'a/b/c', '/']
  for (const list of odd) refuses(['--mlmmj', 'h', list], /list/)
})

test('IPv6 addresses may have brackets', () => {
  assert.equal(readOptions(['--mlmmj', '[::1]', 'talk']).host, '::1')
})

test('what cannot be meant is refused', () => {
  refuses(['talk'], /--mlmmj HOST is missing/)
  refuses(['--mlmmj', 'h'], /no list/)
  refuses(['--mlmmj'], /needs a value/)
  refuses(['--mlmmj', 'http://h/', 'talk'], /no host/)
  refuses(['--mlmmj', 'h', 'talk', 'news'], /recipient_limit/)
  refuses(['--mlmmj', 'h', '--mlmmj', 'other.example.net', 'talk'], /twice/)
  refuses(['--mlmmj', 'h', '--verbose', 'talk'], /no option/)
  refuses(['--mlmmj', 'h', '--constructor', 'talk'], /no option/)
  refuses(['--mlmmj', 'h', '-p', '1', 'talk'], /no option/)
  refuses(['--mlmmj', 'h', '--tls=yes', 'talk'], /takes no value/)
  refuses(['--mlmmj', 'h', '--flush'], /needs --fallback-dir/)
  for (const port of ['', '0', '65536', '7777x', '-1', '1e3'])
    refuses(['--mlmmj', 'h', '--port', port, 'talk'], /--port takes/)
  // Postfix would return the mail when we took as long as it waits.
  for (const deadline of ['0', '901', '1000']) {
    refuses(['--mlmmj', 'h', '--deadline', deadline, 'talk'], /--deadline takes/)
  }
})

test('the help names every option, and needs no host', () => {
  assert.equal(readOptions(['--help']).task, 'help')
  for (const option of ['--mlmmj HOST', '--fallback-dir DIR', '--flush', '--check'])
    assert.ok(helpText().includes(option), option)
})
