import assert from 'node:assert/strict'
import { scratchList, type ListSetup } from '../_list.ts'
import { debian, ours, type House } from '../_program.ts'
import { startSink, type SinkOptions } from '../_sink.ts'
import { always, differences, type DifferenceName } from './_differences.ts'
import type { Stage, Step } from '../_stage.ts'
import { useTexts } from '../_list-texts.ts'
import { viewOf, type View } from '../_view.ts'

/** What happens to a list, for both programs alike. */
export interface Scenario {
  readonly list?: ListSetup
  readonly sink?: SinkOptions | 'down'
  readonly steps: readonly Step[]
  /** On purpose: names of the table of differences. */
  readonly differs?: readonly DifferenceName[]
  /** What must hold for 1.3 too, lest a scenario compares nothing with nothing. */
  readonly yields: Partial<Record<'posts' | 'replies', number>> & { readonly file?: string }
}

/**
 * Plays a scenario with mlmmj 1.3 and with ours and compares everything that can be seen of it.
 *
 * @param texts directory with the list texts for both.
 * @throws AssertionError when they differ and nobody meant it.
 */
export async function compare(scenario: Scenario, texts: string): Promise<void> {
  const [wanted, found] = await Promise.all([
    play(debian, scenario, texts),
    play(ours, scenario, texts),
  ])
  assertYields(wanted, scenario.yields)
  for (const { mend } of Object.values(always)) mend(wanted, found)
  for (const name of scenario.differs ?? []) {
    const before = JSON.stringify(wanted)
    differences[name].mend(wanted, found)
    assert.notEqual(JSON.stringify(wanted), before, `no difference any more: ${name}`)
  }
  assert.deepEqual(found, wanted)
}

async function play(house: House, { list, sink: relay = {}, steps }: Scenario, texts: string) {
  await using sink = await startSink(relay === 'down' ? {} : relay)
  if (relay === 'down') await sink.close()
  await using scratch = await scratchList({ ...list, port: sink.port })
  await useTexts(scratch, texts)
  const stage: Stage = { house, list: scratch, sink, said: [] }
  for (const step of steps) await step(stage)
  return await viewOf(stage)
}

function assertYields({ posts, replies, files }: View, yields: Scenario['yields']): void {
  const found = { posts: posts.length, replies: replies.length }
  const wanted = { posts: yields.posts ?? 0, replies: yields.replies ?? 0 }
  assert.deepEqual(found, wanted, 'mlmmj 1.3 sends otherwise')
  const { file } = yields
  if (file !== undefined) assert.ok(file in files, `mlmmj 1.3 makes ${Object.keys(files).join()}`)
}
