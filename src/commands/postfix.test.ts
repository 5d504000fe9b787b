import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postfix } from './postfix.ts'
import { tempDir, tryCommand } from './_trial.ts'

for (const bad of [
  ['--mode', 'smtp'],
  ['--lookup', 'ldap'],
  ['--type', 'pcre', '--lookup', 'maps'],
  ['--domains', 'exa mple}.org'],
  ['--domains', '-'],
  ['--service', 'a b'],
  ['--service', 'x,y'],
  ['--lmtp-port', '0'],
  ['--http-port', '65536'],
  ['--dummy', 'a/b'],
  ['--user', 'a b', '--mode', 'pipe'],
  ['--client', '/bin/x ${sender}', '--mode', 'pipe'],
  ['--token-file', '/t t', '--mode', 'pipe'],
  ['--maps', '/a,b', '--lookup', 'maps'],
  ['--plan', '--apply'],
])
  test(`postfix refuses ${bad.join(' ')}`, async () => {
    await using dir = await tempDir()
    const where = ['--config', dir.path, '--spool', dir.path]
    const domains = bad[0] === '--domains' ? [] : ['--domains', 'example.org']
    const { exit, stdout } = await tryCommand(postfix, [...where, ...domains, ...bad])
    assert.deepEqual([exit, stdout], [64, ''])
  })

test('postfix wants to know a domain when there is no list', async () => {
  await using dir = await tempDir()
  const { exit, stderr } = await tryCommand(postfix, ['--config', dir.path, '--spool', dir.path])
  assert.equal(exit, 64)
  assert.match(stderr, /--domains/)
})
