import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { tunables } from '../../src/list/tunables.ts'
import { useTexts, writeTexts } from '../_list-texts.ts'
import { scratchList } from '../_list.ts'
import { ours } from '../_program.ts'
import { startSink } from '../_sink.ts'
import type { Stage } from '../_stage.ts'
import { viewOf, type View } from '../_view.ts'
import { rows, type Row } from './_tunables.ts'

async function play(
  { beside, list, steps }: Row,
  control: Readonly<Record<string, string>>,
  texts: string,
): Promise<View> {
  await using sink = await startSink()
  const files = { ...beside, ...control }
  await using scratch = await scratchList({ ...list, port: sink.port, control: files })
  await useTexts(scratch, texts)
  const stage: Stage = { house: ours, list: scratch, sink, said: [] }
  for (const step of steps) await step(stage)
  return await viewOf(stage)
}

describe('each control file makes a difference', { concurrency: 3 }, () => {
  let texts = ''
  before(async () => {
    texts = await writeTexts()
  })
  after(() => rm(texts, { recursive: true, force: true }))
  for (const [name, row] of Object.entries(rows))
    test(`control/${name} is obeyed`, async () => {
      const [without, having] = await Promise.all([
        play(row, {}, texts),
        play(row, { [name]: row.value }, texts),
      ])
      assert.ok(!row.shows(without), `without ${name}: ${JSON.stringify(without)}`)
      assert.ok(row.shows(having), `with ${name}: ${JSON.stringify(having)}`)
    })
})

test('no control file is without such a test', () => {
  assert.deepEqual(Object.keys(rows).sort(), Object.keys(tunables).sort())
})
