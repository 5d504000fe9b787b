import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '../list/tunables.ts'
import { answerQuotas } from './answer-limits.ts'

const settings = readSettings(
  () => undefined,
  () => undefined,
)
const ann = { to: 'ann@example.org', source: '192.0.2.1', isQuestion: false }

test('answerQuotas() limits what one address gets and what one source causes', () => {
  const quotas = answerQuotas(ann, settings)
  assert.deepEqual(
    quotas.map(({ most }) => most),
    [20, 100],
  )
  assert.match(quotas[0]?.why ?? '', /had 20 answers within 3600 seconds \(answerlimit\)$/)
})

test('answerQuotas() limits questions closer, and a caller without a source by his target alone', () => {
  const most = (answer: Partial<typeof ann>) =>
    answerQuotas({ ...ann, ...answer }, settings).map((quota) => quota.most)
  assert.deepEqual(most({ isQuestion: true }), [5, 20, 100])
  assert.deepEqual(
    answerQuotas({ ...ann, source: undefined }, settings).map((quota) => quota.most),
    [20],
  )
})

test('answerQuotas() counts an address under one name in any case, apart from sources', () => {
  const names = (answer: typeof ann) => answerQuotas(answer, settings).map(({ name }) => name)
  assert.deepEqual(names({ ...ann, to: 'Ann@Example.ORG' }), names(ann))
  assert.equal(new Set(names({ ...ann, source: ann.to, isQuestion: true })).size, 3)
})
