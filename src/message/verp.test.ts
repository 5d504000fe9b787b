import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { groupReturnPath, readBounceExtension, returnPath } from './verp.ts'

const list = { name: 'list', delimiter: '+', fqdn: 'example.org' }

test('returnPath() names post and recipient (spec mailflow 6.5)', () => {
  assert.equal(
    returnPath(list, 12, 'joe@y.example.net'),
    'list+bounces-12-joe=y.example.net@example.org',
  )
  assert.equal(returnPath(list, 'probe', 'a@b@c'), 'list+bounces-probe-a=b@c@example.org')
})

test('returnPath() puts the list behind the static address', () => {
  assert.equal(
    returnPath(list, 12, 'joe@example.net', 'bo@b.example.org'),
    'bo+list-bounces-12-joe=example.net@b.example.org',
  )
})

test('returnPath() passes over a static address without an @', () => {
  for (const useless of ['', 'bo', '@b.example.org'])
    assert.equal(
      returnPath(list, 12, 'joe@example.net', useless),
      'list+bounces-12-joe=example.net@example.org',
    )
})

test('groupReturnPath() names the post alone', () => {
  assert.equal(groupReturnPath({ ...list, delimiter: '--' }, 12), 'list--bounces-12@example.org')
})

test('readBounceExtension() splits at the first - and the last = (spec mailflow 7.1)', () => {
  assert.deepEqual(readBounceExtension('12-a-B=c-d.example.org'), {
    which: '12',
    suffix: 'a-b=c-d.example.org',
    address: 'a-b@c-d.example.org',
  })
  assert.equal(readBounceExtension('12-a=b=example.org').address, 'a=b@example.org')
  assert.equal(readBounceExtension('12-J\xc3\x89=X').suffix, 'j\xc3\x89=x')
})

test('readBounceExtension() says when there is no address', () => {
  assert.deepEqual(readBounceExtension('help'), {
    which: 'help',
    suffix: undefined,
    address: undefined,
  })
  assert.deepEqual(readBounceExtension('12-'), { which: '12', suffix: '', address: undefined })
  assert.deepEqual(readBounceExtension('confsub-0a1b'), {
    which: 'confsub',
    suffix: '0a1b',
    address: undefined,
  })
})

test('A return path is read back as the recipient it was made for', () => {
  const part = fc.stringMatching(/^[a-z0-9=+.-]+$/)
  const host = fc.stringMatching(/^[a-z0-9.-]+$/)
  fc.assert(
    fc.property(fc.nat(), part, host, (number, local, domain) => {
      const path = returnPath(list, number, `${local}@${domain}`)
      const extension = path.slice('list+bounces-'.length, path.lastIndexOf('@'))
      const { which, address } = readBounceExtension(extension)
      assert.deepEqual([which, address], [String(number), `${local}@${domain}`])
    }),
  )
})
