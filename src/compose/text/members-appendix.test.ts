import assert from 'node:assert/strict'
import { test } from 'node:test'
import { membersAppendix } from './members-appendix.ts'

test('membersAppendix() names readers, then who gets no mail, then who gets digests', () => {
  const lines = membersAppendix({
    normalsubs: ['ann@example.org', 'joe@example.org'],
    digestsubs: ['eve@example.org'],
  })
  assert.deepEqual(
    [...lines],
    [
      'ann@example.org',
      'joe@example.org',
      '',
      '-- ',
      '',
      '-- ',
      'eve@example.org',
      '',
      '-- ',
      'end of output',
    ],
  )
})
