import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeTexts, type TextFacts } from './renew-text.ts'

function text(name: string, has: TextFacts['has'], more: Partial<TextFacts> = {}): TextFacts {
  return { name, has, offered: true, wasOurs: false, ...more }
}

const foreign = { offered: false }

function fates(how: 'switch' | 'refresh', ...texts: TextFacts[]) {
  return Object.fromEntries(judgeTexts(texts, how))
}

test('judgeTexts() replaces what nobody edited, and adds what is missing', () => {
  for (const how of ['switch', 'refresh'] as const)
    assert.deepEqual(
      fates(how, text('help', 'shipped'), text('faq', 'nothing'), text('probe', 'wanted')),
      { help: 'replaced', faq: 'added', probe: 'same' },
    )
})

test('judgeTexts() keeps edited texts on a refresh and saves them on a switch', () => {
  const texts = [text('help', 'edited'), text('help---', 'edited', foreign)]
  assert.deepEqual(fates('refresh', ...texts), { help: 'kept', 'help---': 'kept' })
  assert.deepEqual(fates('switch', ...texts), {
    help: 'saved and replaced',
    'help---': 'set aside',
  })
})

test('judgeTexts() removes what the texts of the language answer for', () => {
  const texts = [
    text('confirm-sub', 'nothing'),
    text('confirm', 'shipped', foreign),
    text('sub-confirm', 'shipped', foreign),
    text('faq', 'shipped', foreign),
  ]
  assert.deepEqual(fates('switch', ...texts), {
    'confirm-sub': 'added',
    confirm: 'removed',
    'sub-confirm': 'removed',
    faq: 'not ours',
  })
})

test('judgeTexts() leaves alone what only edited texts can include, and what is no file', () => {
  const texts = [
    text('help', 'strange'),
    text('prologue', 'shipped', foreign),
    text('rules', 'edited', foreign),
    text('help-sub', 'strange', foreign),
  ]
  for (const how of ['switch', 'refresh'] as const)
    assert.deepEqual(Object.values(fates(how, ...texts)), [
      'left alone',
      'not ours',
      'not ours',
      'not ours',
    ])
})

test('judgeTexts() lets an edited text of mlmmj keep the place of our two on a refresh', () => {
  const texts = [text('confirm-sub', 'nothing'), text('confirm', 'edited', foreign)]
  assert.deepEqual(fates('refresh', ...texts), { 'confirm-sub': 'not added', confirm: 'kept' })
  assert.deepEqual(fates('switch', ...texts), { 'confirm-sub': 'added', confirm: 'set aside' })
})

test('judgeTexts() does not bring back on a refresh what somebody took away', () => {
  const taken = text('faq', 'nothing', { wasOurs: true })
  assert.deepEqual(fates('refresh', taken), { faq: 'taken away' })
  assert.deepEqual(fates('switch', taken), { faq: 'added' })
})
