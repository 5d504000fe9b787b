import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExtension } from './extensions.ts'

const good: readonly [string, string, string, string][] = [
  ['subscribe', 'subscribe', 'normal', ''],
  ['subscribe-digest', 'subscribe', 'digest', ''],
  ['subscribe-nomail', 'subscribe', 'nomail', ''],
  ['subscribe-both', 'subscribe', 'both', ''],
  ['SubScribe-DIGEST', 'subscribe', 'digest', ''],
  ['confsub-0a1b', 'confsub', 'normal', '0a1b'],
  ['confsub-digest-0a1b', 'confsub', 'digest', '0a1b'],
  ['confsub-nomail-0a1b', 'confsub', 'nomail', '0a1b'],
  ['confsub-both-0a1b-ann=example.org', 'confsub', 'both', '0a1b-ann=example.org'],
  ['unsubscribe', 'unsubscribe', 'normal', ''],
  ['unsubscribe-digest', 'unsubscribe', 'digest', ''],
  ['unsubscribe-nomail', 'unsubscribe', 'nomail', ''],
  ['confunsub-0a1b', 'confunsub', 'normal', '0a1b'],
  ['confunsub-digest-0a1b', 'confunsub', 'digest', '0a1b'],
  ['confunsub-nomail-0a1b', 'confunsub', 'nomail', '0a1b'],
  ['bounces-12-a-b=c-d.example', 'bounces', 'normal', '12-a-b=c-d.example'],
  ['bounces-12', 'bounces', 'normal', '12'],
  ['release-0a1b', 'release', 'normal', '0a1b'],
  ['reject-0a1b', 'reject', 'normal', '0a1b'],
  ['permit-0a1b', 'permit', 'normal', '0a1b'],
  ['obstruct-0a1b', 'obstruct', 'normal', '0a1b'],
  ['moderate-0a1b', 'moderate', 'normal', '0a1b'],
  ['help', 'help', 'normal', ''],
  ['HELP', 'help', 'normal', ''],
  ['faq', 'faq', 'normal', ''],
  ['get-12', 'get', 'normal', '12'],
  ['list', 'list', 'normal', ''],
  ['owner', 'owner', 'normal', ''],
]
for (const [text, name, reading, argument] of good)
  test(`readExtension() understands ${text}`, () => {
    assert.deepEqual(readExtension(text), { name, reading, argument })
  })

for (const text of [
  'unsubscribe-both',
  'help-x',
  'subscribe-foo',
  'listing',
  'get',
  'confsub',
  'confsub-',
  'owners',
  'nonsense',
  'release-../x',
])
  test(`readExtension() ignores ${text}`, () => {
    assert.ok('why' in readExtension(text))
  })
