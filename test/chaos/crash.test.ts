import assert from 'node:assert/strict'
import { test } from 'node:test'
import { campaign } from './_campaign.ts'
import { subjects } from './_subjects.ts'

/** The long one is `npm run chaos`: each step that has a name, and a thousand kills more. */
test('kill -9 at a step or a time loses nothing, and repeats no more than was on the wire', async () => {
  const { complaints, kills, lost, duplicates, bound } = await campaign({
    ...{ subjects, seed: 20_261_127, named: 2, kills: 20 },
  })
  assert.deepEqual(complaints, [])
  assert.ok(kills >= 40, `only ${kills} died`)
  assert.ok(lost === 0 && duplicates <= bound, `lost ${lost}, ${duplicates} of ${bound}`)
})
