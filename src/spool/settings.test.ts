import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { log } from '../base/events.ts'
import { isFault } from '../base/fault.ts'
import { isList, settingsOf } from './settings.ts'

function heard(t: TestContext): string[] {
  const lines: string[] = []
  const listen = (line: unknown) => void lines.push(String(line))
  log.subscribe(listen)
  t.after(() => log.unsubscribe(listen))
  return lines
}

test('settingsOf() reads every kind, whatever the line ends', async (t) => {
  const dir = scratchList(t, {
    moderated: 'anything',
    prefix: ' [talk] \r\nsecond line\r\n',
    moderators: '\r\nann@example.org\r\n\r\njoe@example.org',
    footer: '-- \r\nbye',
    smtpport: ' 2525 # the test relay\n',
  })
  const settings = await settingsOf(dir)
  assert.equal(settings.moderated, true)
  assert.equal(settings.subonlypost, false)
  assert.equal(settings.prefix, ' [talk] ')
  assert.deepEqual(settings.moderators, ['ann@example.org', 'joe@example.org'])
  assert.equal(settings.footer, '-- \r\nbye')
  assert.equal(settings.smtpport, 2525)
})

test('settingsOf() takes the default for what cannot be used, and says which file and why', async (t) => {
  const lines = heard(t)
  const dir = scratchList(t, { smtpport: '99999\n', maxverprecips: '10k', bouncelife: '0' })
  const settings = await settingsOf(dir)
  assert.equal(settings.smtpport, 25)
  assert.equal(settings.maxverprecips, undefined)
  assert.equal(settings.bouncelife, 432_000)
  for (const name of ['smtpport', 'maxverprecips', 'bouncelife'])
    assert.ok(
      lines.some((line) => line.includes(`control/${name}`)),
      name,
    )
})

test('settingsOf() keeps what is empty apart from what is not there', async (t) => {
  const settings = await settingsOf(scratchList(t, { access: '', verp: '', prefix: '\n' }))
  assert.deepEqual(settings.access, [])
  assert.equal(settings.send, undefined)
  assert.equal(settings.verp, '')
  assert.equal(settings.prefix, '')
  assert.equal(settings.footer, undefined)
})

test('settingsOf() is stopped by no FIFO, directory or dangling link', async (t) => {
  heard(t)
  const dir = scratchList(t)
  execFileSync('mkfifo', [join(dir, 'control/footer')])
  mkdirSync(join(dir, 'control/moderated'))
  mkdirSync(join(dir, 'control/prefix'))
  symlinkSync('nowhere', join(dir, 'control/subonlypost'))
  symlinkSync('owner', join(dir, 'control/tocc'))
  const settings = await settingsOf(dir)
  assert.equal(settings.footer, undefined)
  assert.equal(settings.moderated, true)
  assert.equal(settings.prefix, undefined)
  assert.equal(settings.subonlypost, false)
  assert.equal(settings.tocc, true)
})

test('settingsOf() warns of a flag that is meant to be off', async (t) => {
  const lines = heard(t)
  assert.equal((await settingsOf(scratchList(t, { moderated: 'no\n' }))).moderated, true)
  assert.ok(lines.some((line) => line.includes('remove the file')))
})

test('settingsOf() is not slowed by a huge control file', async (t) => {
  const lines = heard(t)
  const dir = scratchList(t)
  writeFileSync(join(dir, 'control/footer'), Buffer.alloc(3_000_000, 'x'))
  assert.equal((await settingsOf(dir)).footer?.length, 1_048_576)
  assert.ok(lines.some((line) => line.includes('control/footer')))
})

test('settingsOf() says that a directory is no list', async () => {
  await assert.rejects(settingsOf(tmpdir()), (thrown) => isFault(thrown, 'noSuchList'))
  assert.equal(await isList(tmpdir()), false)
})
