import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHead } from './head.ts'
import { networkOf, sourceOf } from './mail-source.ts'

function source(...fields: readonly string[]): string {
  const mail = [...fields, 'From: ann@example.org', '', ''].join('\n')
  return sourceOf(readHead(Buffer.from(mail, 'latin1')), 'Ann@Example.org')
}

test('sourceOf() finds the client in what mail servers write', () => {
  for (const from of [
    'from mx.example.net (mx.example.net [192.0.2.1])\n\tby here (Postfix)',
    'from [198.51.100.7] (unknown [192.0.2.1])\n\tby here (Postfix)',
    'from mx.example.net ([192.0.2.1]) by here with esmtp (Exim 4.96)',
    'from [192.0.2.1] (helo=[198.51.100.7]) by here with esmtp (Exim 4.96)',
    'from x (x [192.0.2.1]) by here [198.51.100.9]',
  ])
    assert.equal(source(`Received: ${from}; now`), '192.0.2.1', from)
})

test('sourceOf() believes the first Received: alone; the others anybody can write', () => {
  const ours = 'Received: from localhost (localhost [127.0.0.1]) by here; now'
  const forged = 'Received: from x (x [192.0.2.1]) by there; now'
  assert.equal(source(ours, forged), 'ann@example.org')
  assert.equal(source('Return-Path: <ann@example.org>', forged, ours), '192.0.2.1')
  assert.equal(source(), 'ann@example.org')
})

test('sourceOf() does not count everybody behind one wall as one', () => {
  for (const address of ['10.1.2.3', '172.20.0.1', '192.168.1.1', '100.64.0.1', 'IPv6:fd00::1'])
    assert.equal(
      source(`Received: from x (x [${address}]) by here; now`),
      'ann@example.org',
      address,
    )
  for (const odd of ['[999.1.1.1]', '[]', '[::::]', '[1.2.3]'])
    assert.equal(source(`Received: from x (x ${odd}) by here; now`), 'ann@example.org', odd)
})

test('networkOf() takes an IPv6 client by its /64', () => {
  assert.equal(networkOf('2001:db8:0001:2:3:4:5:6'), '2001:db8:1:2::/64')
  assert.equal(networkOf('2001:DB8::1'), '2001:db8:0:0::/64')
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1')
  assert.equal(source('Received: from x (x [IPv6:2001:db8:1:2::9]) by here'), '2001:db8:1:2::/64')
})
