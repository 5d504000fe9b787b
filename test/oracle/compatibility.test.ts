import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { compatibilityPage } from './_compatibility-page.ts'
import { fromFifteen, moreFromThirteen } from './_more-differences.ts'
import { quirksOfMlmmj } from './_quirks.ts'

test('docs/compatibility.md is what the tables say (npm run conformance -- --page)', async () => {
  assert.equal(await readFile('docs/compatibility.md', 'utf8'), compatibilityPage())
})

test('whatever the page says is shown by a test that is there', async () => {
  for (const { what, shown } of [...quirksOfMlmmj, ...moreFromThirteen, ...fromFifteen]) {
    const [file, part] = shown
    const text = await readFile(file, 'utf8')
    assert.ok(text.includes(part), `${what}: ${file} has no ${part}`)
  }
})
