import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { bounce } from './bounce.ts'
import { tryCommand } from './_trial.ts'

const failure = 'From: MAILER-DAEMON@example.net\n\nit failed\n'
const report = `Content-Type: message/delivery-status

Reporting-MTA: dns; example.net

Final-Recipient: rfc822; joe@example.net
Action: failed

Final-Recipient: rfc822; ann@example.org
Action: failed
`

function list(t: TestContext) {
  // Nobody listens at this port.
  const dir = scratchList(t, { smtpport: '1\n', smtphelo: 'lists.example.net\n' })
  writeFileSync(join(dir, 'subscribers.d/a'), 'ann@example.org\na=b@example.org\n')
  writeFileSync(join(dir, 'digesters.d/j'), 'joe@example.net\n')
  const read = (path: string) =>
    existsSync(join(dir, path)) ? readFileSync(join(dir, path), 'latin1') : undefined
  const file = (content: string) => {
    writeFileSync(join(dir, 'queue/mail'), content)
    return join(dir, 'queue/mail')
  }
  const run = (...argv: string[]) => tryCommand(bounce, ['-L', dir, ...argv])
  return { dir, read, file, run }
}

test('bounce -a -n records a bounce, and keeps the mail of -m', async (t) => {
  const { read, file, run } = list(t)
  assert.equal((await run('-a', 'Ann=Example.org', '-n', '12', '-m', file(failure))).exit, 0)
  assert.equal((await run('-a', 'ann@example.org', '-n', '13')).exit, 0)
  assert.match(read('bounce/ann=example.org') ?? '', /^12:\d+ # .{24}\n13:\d+ # .{24}\n$/)
  assert.equal(read('bounce/ann=example.org.lastmsg'), failure)
  assert.equal(read('queue/mail'), undefined)
})

test('bounce -a takes the last = for the @', async (t) => {
  const { read, run } = list(t)
  await run('-a', 'a=b=example.org', '-n', '1')
  assert.ok(read('bounce/a=b=example.org'))
})

test('bounce removes the mail of nobody in particular', async (t) => {
  const { read, file, run } = list(t)
  for (const who of ['zed=example.org', 'nobody']) {
    assert.equal((await run('-a', who, '-n', '1', '-m', file(failure))).exit, 0)
    assert.equal(read('queue/mail'), undefined)
  }
})

test('bounce -n confsub, confunsub and probe take back what was sent', async (t) => {
  const { dir, read, run } = list(t)
  const files = ['subconf/0a', 'unsubconf/0b', 'bounce/ann=example.org-probe']
  for (const path of files) writeFileSync(join(dir, path), '1700000000')
  for (const [word, who] of [
    ['confsub', '0a'],
    ['confunsub', '0b'],
    ['probe', 'ann=example.org'],
  ] as const)
    assert.equal((await run('-n', word, '-a', who)).exit, 0)
  for (const path of files) assert.equal(read(path), undefined, path)
})

test('bounce -d reads everybody from a report, keeps none, and removes it', async (t) => {
  const { read, file, run } = list(t)
  assert.equal((await run('-d', '-n', '12', '-m', file(report))).exit, 0)
  assert.match(read('bounce/joe=example.net') ?? '', /^12:/)
  assert.match(read('bounce/ann=example.org') ?? '', /^12:/)
  assert.equal(read('bounce/ann=example.org.lastmsg'), undefined)
  assert.equal(read('queue/mail'), undefined)
  assert.equal((await run('-d', '-n', '12', '-m', file(failure))).exit, 0)
  assert.equal(read('queue/mail'), undefined)
})

test('bounce -p probes an address, with what came back, by the queue when the relay is down', async (t) => {
  const { dir, read, run } = list(t)
  writeFileSync(join(dir, 'text/probe'), 'Subject: do you read this?\n\n    %bouncenumbers%\n')
  writeFileSync(join(dir, 'bounce/ann=example.org'), '12:1 # x\n34:2 # y\n')
  assert.equal((await run('-p', '-a', 'ann=example.org')).exit, 0)
  assert.match(read('bounce/ann=example.org-probe') ?? '', /^\d{10}$/)
  const names = readdirSync(join(dir, 'queue')).filter((name) => name !== 'discarded')
  assert.equal(names.length, 3)
  const [mail = ''] = names.sort()
  assert.match(read(`queue/${mail}`) ?? '', /^ {4}12\n {4}34$/m)
  const from = read(`queue/${mail}.mailfrom`)
  assert.equal(from, 'talk+bounces-probe-ann=example.org@example.net')
  assert.equal((await run('-p', '-a', 'ann=example.org')).exit, 0)
  assert.equal(readdirSync(join(dir, 'queue')).length, 4)
})

test('bounce says that a record is a link, or that the mail is not there', async (t) => {
  const { dir, read, file, run } = list(t)
  symlinkSync('../index', join(dir, 'bounce/ann=example.org'))
  const mail = file(failure)
  assert.equal((await run('-a', 'ann=example.org', '-n', '1', '-m', mail)).exit, 75)
  assert.equal(read('index'), '')
  assert.equal(read('queue/mail'), failure)
  assert.equal((await run('-a', 'joe=example.net', '-n', '1', '-m', '/nonexistent')).exit, 66)
})

test('bounce knows which options do not go together', async (t) => {
  const { file, run } = list(t)
  const ann = ['-a', 'ann=example.org']
  for (const argv of [
    [],
    ann,
    ['-n', '1'],
    ['-p'],
    ['-d'],
    ['-d', '-n', '1'],
    [...ann, '-n', '1', '-p'],
    [...ann, '-d', '-n', '1', '-m', file(report)],
    ['-d', '-p', '-m', file(report)],
    [...ann, '-n', 'a:b#c'],
    [...ann, '-n', ''],
  ])
    assert.equal((await run(...argv)).exit, 64, argv.join(' '))
  assert.equal((await run('-p', '-a', 'ann')).exit, 65)
})
