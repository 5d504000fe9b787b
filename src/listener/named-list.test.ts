import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { isFault } from '../base/fault.ts'
import { absentList, namedList, namedListOrPath, namedSpool } from './named-list.ts'

const spool = '/srv/spool'

test('a list is named by its directory, or by its domain and directory', () => {
  assert.equal(namedList(spool, 'talk'), '/srv/spool/talk')
  assert.equal(namedList(spool, 'example.org/talk'), '/srv/spool/example.org/talk')
  assert.equal(namedListOrPath(spool, 'talk'), '/srv/spool/talk')
  assert.equal(namedListOrPath(spool, '/srv/spool/talk'), '/srv/spool/talk')
  assert.equal(namedListOrPath('/srv/spool/', '/srv/spool/talk/'), '/srv/spool/talk')
  assert.equal(namedListOrPath(spool, '/srv/spool/example.org/talk'), '/srv/spool/example.org/talk')
})

test('a spool is named by its path, or by a domain below it', () => {
  assert.equal(namedSpool(spool, '/srv/spool'), spool)
  assert.equal(namedSpool(spool, '/srv/spool/'), spool)
  assert.equal(namedSpool(spool, '/srv/spool/example.org'), '/srv/spool/example.org')
  for (const path of [
    '',
    '/',
    '/srv',
    '/srv/spool/..',
    '/srv/spool/a/b',
    '/srv/spoolx',
    'spool',
    '.',
  ])
    assert.throws(
      () => namedSpool(spool, path),
      (thrown) => isFault(thrown, 'badUsage'),
      path,
    )
})

const hostile = [
  ...[
    '',
    '.',
    '..',
    '../talk',
    'talk/..',
    '/',
    '//',
    '/etc',
    '/srv/spool',
    '/srv/spool/',
    '/srv/spool/..',
  ],
  ...[
    '-',
    '-rf',
    '.hidden',
    'a/b/c',
    'a//b',
    '/talk',
    'talk\0',
    'talk\n',
    'talk ',
    'a+b',
    'a:b',
    'a|b',
  ],
  ...[
    '%2e%2e',
    '..%2f',
    '\\..\\',
    '\u2025/\u2025',
    '\uff0e\uff0e/x',
    'x'.repeat(65),
    '/srv/spool/x/../y',
  ],
  ...[
    'example.org/',
    'example.org/..',
    '../example.org',
    './talk',
    'talk/.',
    '$(id)',
    '`id`',
    'a;b',
    '~',
  ],
]

test('hostile names are refused', () => {
  for (const name of hostile)
    for (const named of [namedList, namedListOrPath])
      assert.throws(
        () => named(spool, name),
        (thrown) => isFault(thrown, 'badUsage'),
        name,
      )
})

test('no name leads out of the spool, among 10,000', () => {
  const piece = fc.oneof(
    fc.constantFrom(...hostile, 'talk', 'example.org', spool, '..', '/', '.', '\0', '-'),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  const names = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(names, (name) => {
      for (const named of [namedList, namedListOrPath]) {
        try {
          const below = relative(spool, named(spool, name))
          assert.match(below, /^([A-Za-z0-9][A-Za-z0-9.-]*\/)?[A-Za-z0-9_][A-Za-z0-9._-]*$/)
          assert.equal(below.includes('..'), false)
        } catch (thrown) {
          if (!isFault(thrown, 'badUsage')) throw thrown
        }
      }
    }),
    { numRuns: 10_000, seed: 4 },
  )
})

function tempSpool(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'mlmmj-named-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}

test('mail goes back for good only when the list surely does not exist', async (t) => {
  const dir = tempSpool(t)
  const codeOf = async (...list: string[]) => (await absentList(dir, join(dir, ...list))).code
  assert.equal(
    await codeOf('gone'),
    'spoolTrouble',
    'an empty spool may be one that is not mounted',
  )
  mkdirSync(join(dir, 'talk', 'control'), { recursive: true })
  assert.equal(await codeOf('gone'), 'noSuchList')
  assert.equal(await codeOf('example.org', 'gone'), 'noSuchList')
  assert.equal(await codeOf('talk'), 'spoolTrouble', 'a list that cannot be read')
  const away = join(dir, 'away')
  assert.equal((await absentList(away, join(away, 'talk'))).code, 'spoolTrouble')
})
