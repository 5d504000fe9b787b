import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bounceCheck, isSameCheck, splitCheck } from './bounce-check.ts'
import { readBounceExtension, returnPath } from './verp.ts'

const key = Buffer.alloc(32, 1)
const ann = 'ann@example.org'

test('bounceCheck() is another one for each key, post and recipient, whatever the case', () => {
  const check = bounceCheck(key, 12, ann)
  assert.match(check, /^[0-9a-f]{10}$/)
  assert.equal(bounceCheck(key, '12', 'Ann@Example.ORG'), check)
  const others = [
    bounceCheck(Buffer.alloc(32, 2), 12, ann),
    bounceCheck(key, 13, ann),
    bounceCheck(key, 'digest', ann),
    bounceCheck(key, 12, 'bob@example.org'),
  ]
  assert.equal(new Set([check, ...others]).size, 5)
})

test('splitCheck() finds the check in a return path that we made', () => {
  const list = { name: 'talk', delimiter: '+', fqdn: 'example.net' }
  const check = bounceCheck(key, 12, ann)
  const path = returnPath(list, `12.${check}`, ann)
  assert.equal(path, `talk+bounces-12.${check}-ann=example.org@example.net`)
  const extension = path.slice('talk+bounces-'.length, path.lastIndexOf('@'))
  const { which, address } = readBounceExtension(extension.toUpperCase())
  assert.deepEqual(splitCheck(which), { which: '12', check })
  assert.equal(address, ann)
})

test('splitCheck() leaves alone what has none', () => {
  for (const which of ['12', 'help', '', '12.', '12.0123456789a', '12.012345678', 'x.0123456789'])
    assert.deepEqual(splitCheck(which), { which, check: undefined })
  assert.equal(splitCheck('Probe.0123456789').which, 'Probe')
})

test('isSameCheck() compares checks of any length', () => {
  assert.equal(isSameCheck('0123456789', '0123456789'), true)
  assert.equal(isSameCheck('0123456789', '0123456780'), false)
  assert.equal(isSameCheck('', '0123456789'), false)
})
