import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchList } from '../../test/scratch-list.ts'
import { openHouse } from '../app.ts'
import { isFault } from '../base/fault.ts'
import { readConfig } from '../config.ts'
import { callables } from './_callable.ts'
import { call } from './call.ts'

/** A spool of one list, in the directory above it. */
function site(t: TestContext) {
  const spoolDir = join(scratchList(t), 'spool')
  const dir = scratchList(t)
  mkdirSync(spoolDir)
  // A list of its own below the spool, removed with it.
  const listDir = join(spoolDir, 'talk')
  for (const name of readdirSync(dir)) mkdirSync(join(listDir, name), { recursive: true })
  writeFileSync(join(listDir, 'control', 'listaddress'), 'talk@example.net\n')
  writeFileSync(join(listDir, 'control', 'owner'), 'owner@example.net\n')
  const house = openHouse({ ...readConfig({}), textsDir: join(process.cwd(), 'texts') })
  const says = (program: string, ...args: string[]) =>
    call({ program, args, input: undefined }, { house, spoolDir })
  const reads = (input: string, program: string, ...args: string[]) =>
    call({ program, args, input: Buffer.from(input) }, { house, spoolDir })
  return { spoolDir, listDir, says, reads }
}

function refused(code: 'badUsage' | 'noSuchList', pattern = /./) {
  return (thrown: unknown) => isFault(thrown, code) && pattern.test(thrown.message)
}

test('each option that may be called is in the table of its command, and files are not', () => {
  for (const { command, takes, needs = [], letters = {}, always = [] } of callables) {
    for (const [name, kind] of Object.entries(takes)) {
      const option = command.options[name]
      assert.ok(option, `${command.name} --${name}`)
      assert.equal(option.type === 'boolean', kind === 'flag', `${command.name} --${name}`)
      if (/FILE|DIR/.test(option.placeholder ?? ''))
        assert.match(kind, /^(list|spool|input)$/, `${command.name} --${name}`)
    }
    for (const name of [...needs, ...Object.values(letters)]) assert.ok(takes[name], name)
    for (const name of always) assert.equal(command.options[name]?.type, 'boolean', name)
  }
})

test('a list is called by name or path, and its subscribers are told', async (t) => {
  const { says, listDir, spoolDir } = site(t)
  const added = await says('mlmmj-sub', '-L', 'talk', '-a', 'ann@example.org', '-sq')
  assert.deepEqual(added, { code: 0, output: '', then: { what: 'changed', listDir } })
  for (const name of ['talk', listDir, `${listDir}/`])
    assert.deepEqual(await says('mlmmj-list', '-L', name), { code: 0, output: 'ann@example.org\n' })
  assert.deepEqual(await says('mlmmj-list', 'talk', '-c'), { code: 0, output: '1\n' })
  assert.equal((await says('mlmmj-unsub', `-L${spoolDir}/talk`, 'ann@example.org', '-s')).code, 0)
  assert.equal((await says('mlmmj-list', '-L', 'talk', '-c')).output, '0\n')
})

test('what is sent along can be read, as a mail or as a file of addresses', async (t) => {
  const { reads, says, listDir } = site(t)
  const told = await reads(
    'ann@example.org\nbob@example.org\n',
    'mlmmj-sub',
    '-L',
    'talk',
    '--file=-',
  )
  assert.deepEqual(
    [told.code, told.output],
    [0, 'subscribed: 2, subscribed before: 0, rejected: 0\n'],
  )
  const taken = await reads('Subject: x\n\ny\n', 'mlmmj-receive', '-F', '-L', 'talk', '-s', '')
  assert.deepEqual(taken, { code: 0, output: '', then: { what: 'stored', listDir } })
  const [envelope, mail] = readdirSync(join(listDir, 'incoming')).sort().reverse()
  assert.equal(readFileSync(join(listDir, 'incoming', mail ?? ''), 'latin1'), 'Subject: x\n\ny\n')
  assert.match(readFileSync(join(listDir, 'incoming', envelope ?? ''), 'latin1'), /"sender":""/)
  await assert.rejects(says('mlmmj-receive', '-L', 'talk'), refused('badUsage', /mail/))
})

test('lists are made as the old listener was told, and only in the spool', async (t) => {
  const { says, spoolDir } = site(t)
  const args = [
    '-L',
    'news',
    '-d',
    'example.org',
    '-o',
    'ann@example.org',
    '-l',
    'de',
    '-s',
    spoolDir,
  ]
  const made = await says('mlmmj-make-ml', ...args)
  assert.deepEqual([made.code, made.then?.listDir], [0, join(spoolDir, 'news')], made.output)
  assert.equal(readFileSync(join(spoolDir, 'news/control/owner'), 'utf8'), 'ann@example.org\n')
  assert.ok(readdirSync(join(spoolDir, 'news/text')).length > 10)
  mkdirSync(join(spoolDir, 'example.org'))
  const below = ['-L', 'news', '-d', 'example.org', '-o', 'ann@example.org', '-l', '']
  const deeper = await says('mlmmj-make-ml', ...below, '-s', join(spoolDir, 'example.org'))
  assert.equal(deeper.then?.listDir, join(spoolDir, 'example.org', 'news'), deeper.output)
  for (const wrong of [
    [...below, '-s', dirname(spoolDir)],
    [...below, '-s', `${spoolDir}/../x`],
    [...below, '-l', '../../etc'],
    [...below, '-l', '/etc'],
    ['-L', '../news', ...below.slice(2)],
    ['-L', '', ...below.slice(2)],
    [...below, '-a'],
    [...below, '-c', 'root'],
    [...below, '--aliases-file=/tmp/x'],
    [...below, '-f', '/etc/passwd'],
    ['-L', 'news'],
  ])
    await assert.rejects(says('mlmmj-make-ml', ...wrong), refused('badUsage'), wrong.join(' '))
})

test('what is not listed is refused before anything is done', async (t) => {
  const { says, listDir, spoolDir } = site(t)
  const before = readdirSync(listDir, { recursive: true })
  for (const [program = '', ...args] of [
    ['sh', '-c', 'id'],
    ['mlmmj-ts', 'list'],
    ['../mlmmj-list', '-L', 'talk'],
    ['mlmmj-send', '-L', 'talk', '-m', '/etc/passwd', '-T', 'eve@example.org'],
    ['mlmmj-send', '-L', 'talk', '-r', 'mx.example.net', '--pending'],
    ['mlmmj-process', '-L', 'talk', '-m', join(listDir, 'control/owner')],
    ['mlmmj-process', '-L', 'talk'],
    ['mlmmj-maintd', '-L', 'talk'],
    ['mlmmj-maintd', '--loop', '-L', 'talk'],
    ['mlmmj-maintd', '-F', '-d', '/'],
    ['mlmmj-bounce', '-L', 'talk', '-d', '-n', '1', '-m', '/etc/passwd'],
    ['mlmmj-sub', '-L', 'talk', '--file', '/etc/passwd'],
    ['mlmmj-sub', '-L', 'talk', '--file', '-'],
    ['mlmmj-sub', '-L', 'talk', '-m', '../../control/owner'],
    ['mlmmj-sub', '-L', 'talk', '-a', 'ann@example.org\nbob@example.org'],
    ['mlmmj-sub', '-L', 'talk', 'ann@example.org', 'bob@example.org'],
    ['mlmmj-sub', '-L', 'talk', '-a', 'ann@example.org', '--', '-x'],
    ['mlmmj-list', '-L', 'talk', '-x'],
    ['mlmmj-list', '-L', 'talk', '--constructor'],
    ['mlmmj-list', '-L', `${spoolDir}/../spool/talk`],
    ['mlmmj-list', '-L', `./${basename(listDir)}`],
    ['mlmmj-list', '-L'],
  ])
    await assert.rejects(says(program, ...args), refused('badUsage'), [program, ...args].join(' '))
  assert.deepEqual(readdirSync(listDir, { recursive: true }), before)
})

test('an unknown list and a failing command are told apart from a refusal', async (t) => {
  const { says } = site(t)
  await assert.rejects(says('mlmmj-list', '-L', 'none'), refused('noSuchList', /no list "none"/))
  const failed = await says('mlmmj-sub', '-L', 'talk', '-a', 'nobody')
  assert.equal(failed.code, 65)
  assert.match(failed.output, /^mlmmj-sub: /)
  assert.equal((await says('mlmmj-sub', '-L', 'talk')).code, 64)
})

test('help and version are told, whatever stands beside them', async (t) => {
  const { says } = site(t)
  assert.match((await says('mlmmj-sub', '-h')).output, /-L DIR/)
  assert.match((await says('mlmmj-list', '-V', '-L', 'talk')).output, /^mlmmj-list version /)
})
