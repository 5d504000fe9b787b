import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { withoutDebian } from '../_program.ts'
import { differences } from './_differences.ts'
import { compare } from './_scenario.ts'
import { scenarios } from './_scenarios.ts'
import { writeTexts } from '../_list-texts.ts'

describe('like mlmmj 1.3', { concurrency: 3, skip: withoutDebian }, () => {
  let texts = ''
  before(async () => {
    texts = await writeTexts()
  })
  after(() => rm(texts, { recursive: true, force: true }))
  for (const [title, scenario] of Object.entries(scenarios))
    test(title, { timeout: 60_000 }, () => compare(scenario, texts))
})

test('every difference from mlmmj 1.3 is shown by a scenario', () => {
  const shown = new Set(Object.values(scenarios).flatMap(({ differs = [] }) => differs))
  assert.deepEqual([...shown].sort(), Object.keys(differences).sort())
})
