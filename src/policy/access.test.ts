import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { judgeAccess } from './access.ts'
import { compileEre } from './ere-engine.ts'

const headers = [
  'Return-Path: <ann@example.org>',
  'From: Ann <ann@example.org>',
  'Subject: hello "you"',
  'X-Two: a\tb',
]

function judge(rules: readonly string[], lines: readonly string[] = headers) {
  return judgeAccess(rules, lines, 'ann@example.org', compileEre)
}

/** Action, number of the deciding rule (or `-`), number of warnings. */
function short(...rules: string[]): string {
  const { action, log, warnings } = judge(rules)
  return `${action} ${/rule #(\d+)/.exec(log)?.[1] ?? '-'} ${warnings.length}`
}

test('judgeAccess() carries out the first rule that applies', () => {
  assert.equal(short('deny ^X-Spam', 'allow ^subject: HELLO', 'discard'), 'allow 1 0')
  assert.equal(short('send ^from:.*@example\\.org>'), 'send 0 0')
  assert.equal(short('moderate two'), 'moderate 0 0')
  assert.equal(short('allow a +b', 'discard ann'), 'discard 1 0')
})

test('judgeAccess() denies when no rule applies', () => {
  assert.equal(short('allow nobody'), 'deny - 0')
  assert.equal(judgeAccess([], headers, 'ann@example.org', undefined).action, 'deny')
})

test('judgeAccess() applies an action without pattern to every mail', () => {
  assert.equal(short('moderate'), 'moderate 0 0')
  assert.equal(judge(['allow'], []).action, 'allow')
})

test('judgeAccess() lets an empty pattern match the first header', () => {
  const { log } = judge(['allow '])
  assert.match(log, /with header "Return-Path: <ann@example.org>"/)
  assert.equal(judge(['allow '], []).action, 'deny')
})

test('judgeAccess() removes exactly one blank', () => {
  assert.equal(short('deny  ^From', 'allow'), 'allow 1 0')
  assert.equal(short('deny  ann', 'allow'), 'deny 0 0')
})

test('judgeAccess() negates with a ! next to the blank', () => {
  assert.equal(short('deny !^X-Two', 'deny !^x-three', 'allow'), 'deny 1 0')
  assert.equal(short('deny ! hello', 'allow'), 'allow 1 0')
  assert.equal(short('deny !', 'allow'), 'allow 1 0')
  assert.equal(judge(['deny !'], []).action, 'deny')
})

test('judgeAccess() gives the qualifier of the rule that denies, and of no other', () => {
  assert.equal(judge(['deny-html ^subject']).qualifier, 'html')
  assert.equal(judge(['deny-html']).qualifier, 'html')
  assert.equal(judge(['deny- ^subject']).qualifier, undefined)
  assert.equal('qualifier' in judge(['deny-html ^x-none', 'deny ^subject']), false)
  assert.equal('qualifier' in judge(['deny-html ^x-none']), false)
  assert.equal('qualifier' in judge(['allow-html ^subject']), false)
})

test('judgeAccess() denies by a line that is no rule, and warns', () => {
  for (const line of [
    '# x',
    ' allow',
    'Allow',
    'allowed',
    'allow\t^x',
    'deny-a/../b',
    'allow-x\t^y',
  ])
    assert.equal(short('discard ^x-none', line, 'allow'), 'deny 1 1', line)
  const [warning] = judge(['# x']).warnings
  assert.match(warning ?? '', /^rule #0 "# x": it does not begin with allow, send, deny/)
})

test('judgeAccess() denies by a pattern that cannot be compiled, only when it is reached', () => {
  assert.equal(short('allow [z-a]', 'allow'), 'deny 0 1')
  assert.equal(short('allow', 'allow [z-a]'), 'allow 0 0')
  assert.match(judge(['allow (a']).warnings[0] ?? '', /^rule #0 "allow \(a": a \( is not closed;/)
})

test('judgeAccess() passes on what a pattern makes doubtful', () => {
  const { action, warnings } = judge(['allow ^subject: \\d'])
  assert.equal(action, 'deny')
  assert.match(warnings[0] ?? '', /^rule #0 ".*": \\d means the letter d/)
})

test('judgeAccess() does not mind .* in front of a pattern', () => {
  for (const pattern of ['^.*hello', '.*hello', '^.*.*hello', '.*?hello', '.**hello', '^.*|x'])
    assert.equal(short(`allow ${pattern}`), 'allow 0 0', pattern)
})

test('judgeAccess() writes lines that readers of mlmmj’s log know', () => {
  assert.equal(
    judge(['allow ^Subject']).log,
    'access - A mail from "ann@example.org" with header "Subject: hello "you""' +
      ' was allowed by rule #0 "allow ^Subject"',
  )
  assert.equal(
    judge(['moderate']).log,
    'access - A mail from "ann@example.org" was moderated by rule #0 "moderate"',
  )
  assert.equal(
    judge(['deny x-none', 'discard !^x-none']).log,
    'access - A mail from "ann@example.org" was discarded by rule #1 "discard !^x-none", as no header matched',
  )
  assert.match(judge([]).log, /^access - A mail from "ann@example.org" .* was denied by default$/)
  assert.match(judge(['send ^to', '#']).log, / was denied by rule #1 "#", which cannot be used: /)
})

test('judgeAccess() keeps control characters and long headers out of the log', () => {
  assert.match(judge(['allow ^x-two']).log, /"X-Two: a b"/)
  const { log } = judgeAccess(
    ['allow a'],
    [`\x1b[2Ja\r\0${'b'.repeat(9999)}`],
    'e\nvil',
    compileEre,
  )
  assert.match(log, /^[\x20-\x7e]{500,700}$/)
  assert.match(judge(['deny [[:\x07:]]']).log, /^[\x20-\x7e]+$/)
})

test('judgeAccess() denies what is too long to be judged', () => {
  const { action, warnings } = judge(['deny a[ab]{900}c', 'allow'], ['ab'.repeat(500_000)])
  assert.equal(action, 'deny')
  assert.match(warnings[0] ?? '', /too long/)
})

test('judgeAccess() sees headers of any bytes', () => {
  assert.equal(
    judge(['allow ^subject: gr\xc3\xbc\xc3\x9fe$'], ['Subject: Gr\xc3\xbc\xc3\x9fe']).action,
    'allow',
  )
  assert.equal(judge(['deny ^subject: .*b', 'allow'], ['Subject: a\0b']).action, 'deny')
})

test('judgeAccess() does not hide what is wrong with the program', () => {
  assert.throws(
    () => judgeAccess(['allow x'], headers, '', undefined),
    (thrown) => isFault(thrown, 'bug'),
  )
})

const megabyte = 1 << 20
const bits = Array.from({ length: megabyte }, (_, n) => ((n * 7_919) % 1_009) % 2)

/** Rules that a list may have or that are meant to cost time, and the header that makes them do so. */
const costly: readonly (readonly [rule: string, header: string])[] = [
  ['deny ^subject:.*\\<viagra\\>', 'abc ab a '.repeat(megabyte / 9)],
  ['deny (\\<|\\>|a)*c$', 'a '.repeat(megabyte / 2)],
  ['deny ([a ]*){20}\\<(x|!)', 'a '.repeat(megabyte / 2)],
  ['deny (a+)+$', 'a'.repeat(megabyte)],
  ['deny (.*)(.*)(.*)(.*)(.*)x$', 'y'.repeat(megabyte)],
  ['deny (a|b)*a[ab]{20}c', bits.map((bit) => 'ab'[bit]).join('')],
  ['deny a[ab]{80}c', bits.map((bit) => 'ab'[bit]).join('')],
  ['deny (.*).*\\1$', `${'ab'.repeat(megabyte / 2)}c`],
  ['deny (a*)*(a*)*\\2b', 'a'.repeat(100)],
  ['deny ((a|b)*)*(.)\\3!', 'ab'.repeat(megabyte / 2)],
]

for (const [rule, header] of costly)
  test(`${rule.slice(0, 40)} cannot be made slow by ${header.length} bytes`, () => {
    const began = process.cpuUsage()
    // Many such rules cost no more than one: the fuel is one mail's.
    judgeAccess(Array<string>(20).fill(rule), [`X: ${header}`], 'joe@example.org', compileEre)
    const { user } = process.cpuUsage(began)
    assert.ok(user < 2_500_000, `${user / 1_000} ms of the processor`)
  })
