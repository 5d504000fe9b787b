import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { difference, judgeCase, readCase, type Deviations } from './_listtext-case.ts'

const dir = 'test/listtext-cases'
const deviations = JSON.parse(
  readFileSync('scripts/listtext-deviations.json', 'utf8'),
) as Deviations

test('list texts become what mlmmj makes of them, but for the deviations that are stated', () => {
  const cases = readdirSync(dir).filter((name) => name.endsWith('.json'))
  assert.ok(cases.length >= 200)
  for (const file of cases) {
    const played = readCase(join(dir, file))
    const verdict = judgeCase(played, deviations)
    assert.ok(verdict.passed, `${played.name}\n${difference(verdict)}`)
  }
})

test('every deviation that is stated has its case', () => {
  for (const name of Object.keys(deviations))
    assert.equal(readCase(join(dir, `${name}.json`)).name, name)
})
