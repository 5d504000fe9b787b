import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import { gateFor, networkOf } from './_gate.ts'

const token = 'correct-horse-battery-staple-0123456789'

function gateAt() {
  const clock = { now: 0 }
  return { clock, gate: gateFor(token, { ticks: () => clock.now }) }
}

test('only the token opens the gate', () => {
  const { gate } = gateAt()
  assert.equal(gate.opens(`Bearer ${token}`), true)
  assert.equal(gate.opens(`bearer  ${token} `), true)
  const wrong = [undefined, '', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Bearer ${token}x`]
  for (const header of [
    ...wrong,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token} ${token}`,
    'Bearer \0',
  ])
    assert.equal(gate.opens(header), false, header)
})

test('what is compared are digests of one length, in a time that does not depend on them', (t) => {
  const { gate } = gateAt()
  const compared: number[][] = []
  const compare = crypto.timingSafeEqual
  t.mock.method(crypto, 'timingSafeEqual', (one: Buffer, other: Buffer) => {
    compared.push([one.length, other.length])
    return compare(one, other)
  })
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  const shown = [
    undefined,
    'Bearer ',
    'Bearer x',
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token}`,
  ]
  for (const header of [...shown, `Bearer ${'x'.repeat(15_000)}`]) gate.opens(header)
  assert.deepEqual(
    compared,
    Array.from({ length: 6 }, () => [32, 32]),
  )
})

test('guesses of a network are answered later and later, then with "too often"', () => {
  const { gate } = gateAt()
  const seen = Array.from({ length: 12 }, () => {
    const rebuff = gate.rebuff('192.0.2.1')
    rebuff.done()
    return rebuff
  })
  assert.deepEqual(
    seen.map(({ waitMs }) => waitMs),
    [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000, 5_000],
  )
  assert.deepEqual(
    seen.map(({ tooOften }) => tooOften),
    [...Array<boolean>(8).fill(false), ...Array<boolean>(4).fill(true)],
  )
  const told = seen.filter(({ notable }) => notable).map(({ failures }) => failures)
  assert.deepEqual(told, [1, 2, 4, 8])
  assert.equal(gate.rebuff('192.0.2.2').waitMs, 50, 'another network is not slowed down')
})

test('no number of failures keeps the token out', () => {
  const { gate } = gateAt()
  for (let n = 0; n < 20_000; n++)
    gate.rebuff(n % 2 ? '192.0.2.1' : `2001:db8:${n.toString(16)}::1`)
  assert.equal(gate.opens(`Bearer ${token}`), true)
})

test('answers that are held back are few, and room comes back', () => {
  const { gate } = gateAt()
  const held = Array.from({ length: 4 }, () => gate.rebuff('192.0.2.1'))
  assert.deepEqual({ ...gate.rebuff('192.0.2.1'), done: 0 }.waitMs, 0)
  assert.equal(gate.rebuff('192.0.2.1').tooOften, true)
  held[0]?.done()
  held[0]?.done()
  assert.ok(gate.rebuff('192.0.2.1').waitMs > 0)
  assert.equal(gate.rebuff('192.0.2.1').waitMs, 0, 'done() counts once')
  const many = Array.from({ length: 150 }, (_, n) => gate.rebuff(`198.51.100.${n}`))
  assert.equal(many.filter(({ waitMs }) => waitMs > 0).length, 96)
})

test('failures all over the world slow everybody who fails', () => {
  const { clock, gate } = gateAt()
  for (let n = 0; n < 200; n++) gate.rebuff(`2001:db8:0:${n.toString(16)}::1`).done()
  const late = gate.rebuff('192.0.2.1')
  late.done()
  assert.deepEqual([late.waitMs, late.tooOften], [5_000, true])
  clock.now = 60_001
  assert.equal(gate.rebuff('192.0.2.3').waitMs, 50)
})

test('failures are forgotten', () => {
  const { clock, gate } = gateAt()
  for (let n = 0; n < 20; n++) gate.rebuff('192.0.2.1').done()
  clock.now = 600_001
  assert.equal(gate.rebuff('192.0.2.1').failures, 1)
})

test('a network is an IPv4 address, or a /64', () => {
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1')
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64')
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  assert.equal(networkOf('2001:db8:1:2::6'), networkOf('2001:db8:1:2:ffff::'))
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
})
