import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { people, play, relayFaults, relayFaultsPage } from './_relay-faults.ts'

test(
  'what a relay does wrong has the outcome that the table says',
  { concurrency: 8 },
  async (t) => {
    // Most of the time is waiting for a relay that says nothing.
    await Promise.all(
      relayFaults.map((row) =>
        t.test(`${row.step}: a relay that ${row.relay}: ${row.outcome}`, async () => {
          const { outcome, later } = await play(row)
          assert.equal(outcome, row.outcome)
          const owed = row.outcome === 'waits' ? people.map((who) => `<${who}>`) : []
          assert.deepEqual(later, owed, 'who waited gets it once, and nobody else')
        }),
      ),
    )
  },
)

test('docs/relay-faults.md is what the table says (npm run relay-faults)', () => {
  assert.equal(readFileSync('docs/relay-faults.md', 'utf8'), relayFaultsPage())
})
