import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { command, debian, ours, withoutDebian, type House } from '../_program.ts'
import { startSink } from '../_sink.ts'
import { always, differences } from './_differences.ts'
import { scenarios, type Scenario } from './_scenarios.ts'
import { settledView, type View } from './_view.ts'

async function play(house: House, scenario: Scenario): Promise<View> {
  const { mail, list, env = {}, sink: relay = {}, yields } = scenario
  await using sink = await startSink(relay === 'down' ? {} : relay)
  if (relay === 'down') await sink.close()
  await using scratch = await scratchList({ ...list, port: sink.port })
  const args = ['-F', '-L', scratch.dir]
  const { code, signal, stderr } = await command(house, 'mlmmj-receive', args, { stdin: mail, env })
  assert.equal(signal, null, `${house.name} ended by a signal: ${stderr}`)
  return await settledView(scratch, sink, code, (view) => house !== debian || has(view, yields))
}

function has({ posts, replies, files }: View, yields: Scenario['yields']): boolean {
  const { posts: copies = 0, replies: answers = 0, file } = yields
  return (
    posts.length === copies && replies.length === answers && (file === undefined || file in files)
  )
}

for (const [title, scenario] of Object.entries(scenarios)) {
  test(`like mlmmj 1.3: ${title}`, { skip: withoutDebian, timeout: 60_000 }, async () => {
    const [wanted, found] = await Promise.all([play(debian, scenario), play(ours, scenario)])
    assert.ok(has(wanted, scenario.yields), `mlmmj 1.3 did otherwise: ${JSON.stringify(wanted)}`)
    for (const { mend } of Object.values(always)) mend(wanted)
    for (const name of scenario.differs ?? []) differences[name].mend(wanted)
    assert.deepEqual(found, wanted)
  })
}

test('every difference from mlmmj 1.3 is shown by a scenario', () => {
  const shown = new Set(Object.values(scenarios).flatMap(({ differs = [] }) => differs))
  assert.deepEqual([...shown].sort(), Object.keys(differences).sort())
})
