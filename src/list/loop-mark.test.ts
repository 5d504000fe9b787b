import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHead } from '../message/head.ts'
import { identityOf } from './identity.ts'
import { cameBack, loopMark, marksOf } from './loop-mark.ts'
import { readSettings } from './tunables.ts'

const list = identityOf({
  listaddress: ['talk@example.org', 'old-talk@example.net'],
  delimiter: undefined,
})
const noHeaders = readSettings(
  () => undefined,
  () => undefined,
)
const headOf = (...fields: readonly string[]) =>
  readHead(Buffer.from([...fields, '', ''].join('\n'), 'latin1'))

test('cameBack() knows the mark of the list, by any of its addresses', () => {
  const back = (...fields: readonly string[]) => cameBack(headOf(...fields), list, noHeaders)
  assert.equal(back(loopMark(list)), true)
  assert.equal(back('X-Loop: gossip@example.org', 'x-loop: <Old-Talk@Example.net>'), true)
  assert.equal(back('X-Loop: gossip@example.org'), false)
  assert.equal(back('X-Loop: talk+help@example.org'), false)
  assert.equal(back('Subject: X-Loop: talk@example.org'), false)
})

test('cameBack() knows the List-Id that the list itself writes', () => {
  const custom = {
    ...noHeaders,
    customheaders: 'Precedence: list\nList-ID: talk\n <talk.example.org>\nX-A: b\n',
  }
  assert.equal(cameBack(headOf('List-Id: "Talk" <TALK.example.org>'), list, custom), true)
  assert.equal(cameBack(headOf('List-Id: talk.example.org'), list, custom), true)
  assert.equal(cameBack(headOf('List-Id: <talk.example.net>'), list, custom), false)
  assert.equal(cameBack(headOf('List-Id: <talk.example.org>'), list, noHeaders), false)
  assert.equal(
    cameBack(headOf('List-Id:'), list, { ...noHeaders, customheaders: 'List-Id:\n' }),
    false,
  )
})

test('marksOf() gives the marks of others as lines, each once, and nothing that breaks a line', () => {
  assert.deepEqual(
    marksOf(headOf('X-Loop: b@example.org', 'X-Loop: b@example.org, "x y"@example.org')),
    ['X-Loop: b@example.org'],
  )
})
