import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList } from './_scratch-list.ts'
import { findText } from './texts.ts'

const names = ['confirm-sub-request', 'confirm-sub', 'confirm', 'sub-confirm']

test('findText() prefers the list, then default, then the language of the site, then English', async () => {
  await using list = await scratchList()
  const site = { textsDir: list.path('site'), language: 'de' }
  const found = () => findText(list.dir, site, ['help'])?.source
  assert.equal(found(), undefined)
  for (const path of ['site/fi/help', 'site/en/help', 'site/de/help', 'site/default/help']) {
    await list.write(path, path)
    assert.equal(found(), path.startsWith('site/fi') ? undefined : path)
  }
  await list.write('text/help', 'own')
  assert.equal(found(), 'own')
})

test('findText() speaks English unless the site has a language', async () => {
  await using list = await scratchList()
  await list.write('site/en/help', 'en')
  await list.write('site/de/help', 'de')
  assert.equal(findText(list.dir, { textsDir: list.path('site') }, ['help'])?.source, 'en')
})

test('findText() takes a longer name of the site before a shorter one of the list', async () => {
  await using list = await scratchList()
  await list.write('text/finish', 'own')
  await list.write('site/en/finish-sub', 'site')
  const site = { textsDir: list.path('site') }
  assert.equal(findText(list.dir, site, ['finish-sub', 'finish'])?.source, 'site')
})

test("findText() takes a list's copy of the text that mlmmj has before our two", async () => {
  await using list = await scratchList()
  const site = { textsDir: list.path('site') }
  await list.write('site/en/confirm-sub', 'site')
  assert.deepEqual(findText(list.dir, site, names), { name: 'confirm-sub', source: 'site' })
  await list.write('text/sub-confirm', 'old name')
  assert.equal(findText(list.dir, site, names)?.source, 'site')
  await list.write('text/confirm', 'copy')
  assert.deepEqual(findText(list.dir, site, names), { name: 'confirm', source: 'copy' })
  await list.write('text/confirm-sub', 'own')
  assert.equal(findText(list.dir, site, names)?.source, 'own')
})
