import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readSettings } from '../list/tunables.ts'
import { readHead } from '../message/head.ts'
import { decorate, footerFor } from './decorate.ts'

function settingsOf(files: Readonly<Record<string, string>>) {
  return readSettings((name) => {
    const found = files[name]
    return found === undefined ? undefined : Buffer.from(found, 'latin1')
  }, assert.fail)
}

function decorated(mail: string, files: Readonly<Record<string, string>>): string {
  const { head } = decorate(readHead(Buffer.from(mail, 'latin1')), settingsOf(files))
  return head.toString('latin1')
}

// The rows of spec mailflow 2.1 are mails in test/golden.

test('decorate() puts custom headers before the MIME ones and the prefix in front', () => {
  assert.equal(
    decorated('Subject: s\nMIME-Version: 1.0\n\n', { prefix: '[L]', customheaders: 'X-A: 1' }),
    'Subject: [L] s\nX-A: 1\nMIME-Version: 1.0\n\n',
  )
})

test('decorate() says how the mail ends its lines', () => {
  const lineEnds = ['A: 1\n\n', 'A: 1\r\n\r\n'].map(
    (mail) => decorate(readHead(Buffer.from(mail)), settingsOf({})).lineEnd,
  )
  assert.deepEqual(lineEnds, ['\n', '\r\n'])
})

test('decorate() removes nothing but the trace of the last delivery when nothing is set', () => {
  const mails = fc
    .array(fc.constantFrom('\n', '\r\n', ' ', 'A: b', '\0', 'From ', 'Return-Path:', '\xff'))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(mails, (mail) => {
      const head = readHead(Buffer.from(mail, 'latin1'))
      const kept = head.fields.filter(({ joined }) => !/^(from |return-path:)/i.test(joined))
      const raw = Buffer.concat(kept.map((field) => field.raw)).toString('latin1')
      const out = decorated(mail, {})
      assert.ok(out.startsWith(raw) && out.endsWith(head.lineEnd))
      assert.ok(out.length - raw.length <= 2 * head.lineEnd.length)
    }),
  )
})

test('decorate() takes one Reply-To from the first From', () => {
  assert.equal(
    decorated('From: a@example.org\nReply-To: x@example.org\nFrom: b@example.org\n\n', {
      replyto: '',
    }),
    'From: a@example.org\nReply-To: a@example.org\nFrom: b@example.org\n\n',
  )
})

test('decorate() takes little time for many fields', () => {
  const start = performance.now()
  const mail = 'Reply-To: x\nSubject: s\nTo: y\n'.repeat(30_000)
  decorated(mail, { prefix: '[L]', replyto: '', customheaders: 'X: y\n', delheaders: 'To:\n' })
  assert.ok(performance.now() - start < 5_000)
})

test('footerFor() begins on a line of its own, in the line ends of the mail', () => {
  const footer = (last: number | undefined, lineEnd: string) =>
    footerFor(last, lineEnd, settingsOf({ footer: 'a\nb\r\n' })).toString()
  assert.equal(footer(0x0a, '\n'), 'a\nb\n')
  assert.equal(footer(0x61, '\n'), '\na\nb\n')
  assert.equal(footer(0x61, '\r\n'), '\r\na\r\nb\r\n')
  assert.equal(footer(undefined, '\n'), 'a\nb\n')
})

test('footerFor() adds nothing when there is no footer', () => {
  assert.equal(footerFor(0x61, '\n', settingsOf({})).length, 0)
})

test('decorate() puts the mark of the list behind everything, and no list can take one away', () => {
  const marked = (mail: string, files: Readonly<Record<string, string>>) =>
    decorate(readHead(Buffer.from(mail, 'latin1')), settingsOf(files), 'X-Loop: b').head.toString()
  const files = { delheaders: 'X-\nx-loop:\n', prefix: '[L]', customheaders: 'X-B: 2\n' }
  assert.equal(
    marked('X-A: 1\nX-LOOP: a\n\n', files),
    'X-LOOP: a\nX-B: 2\nSubject: [L]\nX-Loop: b\n\n',
  )
  assert.equal(
    marked(' odd first line\r\nA: 1\r\n\r\n', {}),
    ' odd first line\r\nA: 1\r\nX-Loop: b\r\n\r\n',
  )
})
