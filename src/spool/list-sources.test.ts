import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { listSources, type FoundList } from './list-sources.ts'

async function scratch() {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-sources-'))
  return {
    dir,
    path: (...names: readonly string[]) => join(dir, ...names),
    async list(name: string, files: Readonly<Record<string, string>>) {
      await mkdir(join(dir, name, 'control'), { recursive: true })
      for (const [file, text] of Object.entries(files))
        await writeFile(join(dir, name, 'control', file), text)
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

function shown(found: readonly FoundList[]) {
  return found
    .map(({ path, settings }) => [
      path.join('/'),
      settings?.listaddress?.join(' '),
      settings?.delimiter,
    ])
    .sort()
}

test('all() finds lists in the spool and one folder deeper, and nothing else', async () => {
  await using spool = await scratch()
  await spool.list('talk', { listaddress: 'talk@example.org\nold@example.org\n' })
  await spool.list('example.net/news', { listaddress: 'news@example.net\n', delimiter: '-\n' })
  await spool.list('example.net/a/b', { listaddress: 'too@deep.example.org\n' })
  await spool.list('.draft', { listaddress: 'hidden@example.org\n' })
  await spool.list('half', {})
  await writeFile(spool.path('file'), '')
  await symlink('talk', spool.path('linked'))
  await symlink('nowhere', spool.path('broken'))
  assert.deepEqual(shown(await listSources(spool.dir).all()), [
    ['example.net/news', 'news@example.net', '-'],
    ['linked', 'talk@example.org old@example.org', undefined],
    ['talk', 'talk@example.org old@example.org', undefined],
  ])
})

test('all() sees what was made, changed, renamed and removed a moment ago', async () => {
  await using spool = await scratch()
  const sources = listSources(spool.dir)
  assert.deepEqual(shown(await sources.all()), [])
  await spool.list('talk', { listaddress: 'a@example.org\n' })
  assert.deepEqual(shown(await sources.all()), [['talk', 'a@example.org', undefined]])
  for (const letter of 'bcdefghij') {
    await spool.list('talk', { listaddress: `${letter}@example.org\n` })
    assert.deepEqual(shown(await sources.all()), [['talk', `${letter}@example.org`, undefined]])
  }
  await spool.list('talk', { delimiter: '-' })
  assert.deepEqual(shown(await sources.all()), [['talk', 'j@example.org', '-']])
  await rename(spool.path('talk'), spool.path('chat'))
  assert.deepEqual(shown(await sources.all()), [['chat', 'j@example.org', '-']])
  await rm(spool.path('chat'), { recursive: true })
  assert.deepEqual(shown(await sources.all()), [])
})

test('again() answers with the same object while nothing has changed', async () => {
  await using spool = await scratch()
  await spool.list('talk', { listaddress: 'a@example.org\n' })
  const file = spool.path('talk', 'control', 'listaddress')
  const sources = listSources(spool.dir)
  // A change time cannot be set, so wait until the file counts as settled.
  await new Promise((resolve) => setTimeout(resolve, 2_100))
  const [found] = await sources.all()
  assert.ok(found)
  assert.equal(await sources.again(found), found)
  await writeFile(file, 'b@example.org\n')
  await utimes(file, 0, 0)
  const changed = await sources.again(found)
  assert.deepEqual(changed?.settings?.listaddress, ['b@example.org'])
  await rm(spool.path('talk'), { recursive: true })
  assert.equal(await sources.again(found), undefined)
})

test('all() faults when the spool is not there: its lists are not gone', async () => {
  await using spool = await scratch()
  await assert.rejects(listSources(spool.path('none')).all(), (thrown) =>
    isFault(thrown, 'spoolTrouble'),
  )
})

test('a list that cannot be read keeps what it said before', async () => {
  await using spool = await scratch()
  await spool.list('talk', { listaddress: 'a@example.org\n' })
  const sources = listSources(spool.dir)
  await sources.all()
  // A link to itself cannot be opened by anybody, not even by root.
  const file = spool.path('talk', 'control', 'listaddress')
  await rm(file)
  await symlink('listaddress', file)
  assert.deepEqual(shown(await sources.all()), [['talk', 'a@example.org', undefined]])
  assert.deepEqual(shown(await listSources(spool.dir).all()), [['talk', undefined, undefined]])
})

test('a FIFO or a directory in the place of a control file does no harm', async () => {
  await using spool = await scratch()
  await spool.list('one', {})
  execFileSync('mkfifo', [spool.path('one', 'control', 'listaddress')])
  await mkdir(spool.path('two', 'control', 'listaddress'), { recursive: true })
  assert.deepEqual(shown(await listSources(spool.dir).all()), [
    ['one', undefined, undefined],
    ['two', undefined, undefined],
  ])
})
