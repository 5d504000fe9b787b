import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { compileEre } from './ere-engine.ts'

const plenty = () => ({ left: 300_000_000 })

function matching(pattern: string, subjects: readonly string[]): string[] {
  const ere = compileEre(pattern)
  return subjects.filter((subject) => ere.matches(subject, plenty()))
}

/** Checks a row: which subjects match, which do not. */
function row(pattern: string, yes: readonly string[], no: readonly string[]): void {
  assert.deepEqual(matching(pattern, [...yes, ...no]), yes, pattern)
}

function refused(...patterns: string[]): void {
  for (const pattern of patterns)
    assert.throws(
      () => compileEre(pattern),
      (thrown) => isFault(thrown, 'badSettings'),
      pattern,
    )
}

test('compileEre() knows classes, collating symbols and equivalence classes', () => {
  row('^[[:alpha:]]$', ['a', 'Z'], ['1', '_', '\xe9'])
  row('^[[:digit:][:blank:]]$', ['7', '\t'], ['a'])
  row('^[[.a.]]$', ['a', 'A'], ['.', 'b'])
  row('^[[=a=]-]$', ['a', 'A', '-'], ['='])
  refused('[[:nope:]]', '[[:ALPHA:]]', '[[.ab.]]', '[[=ab=]]', '[[.space.]]')
})

test('compileEre() takes backslash and a first ] in brackets as they are', () => {
  row('^[a\\]]$', ['a]', '\\]'], ['a', ']', '\\'])
  row('^[\\d]$', ['\\', 'd', 'D'], ['1'])
  row('^[]a]$', [']', 'a'], ['b'])
  row('^[^]a]$', ['b', '['], [']', 'a'])
})

test('compileEre() knows the GNU escapes', () => {
  row('^\\w\\W\\s\\S$', ['a- b', '_\t\tx'], ['ab c'])
  row('\\bx\\B', ['a xy'], ['a x', 'axy'])
  row('\\<an', ['ann', 'x ann', '-an'], ['joan', '_an'])
  row('an\\>', ['joan', 'an x', 'an-'], ['ann', 'an_'])
  row("\\`a\\'", ['a', 'A'], ['ab', 'ba', ''])
})

test('compileEre() takes other escaped letters for themselves, and warns of small ones', () => {
  row('^\\D\\J$', ['dj', 'DJ'], ['1j'])
  assert.deepEqual(compileEre('\\D').warnings, [])
  row('^\\d\\n\\x41$', ['dnx41', 'DNX41'], ['1\nA'])
  assert.equal(compileEre('\\d\\t').warnings.length, 2)
  assert.match(compileEre('\\d').warnings[0] ?? '', /\\d means the letter d/)
})

test('compileEre() folds ranges to capitals before it reads them', () => {
  row('^[A-z]$', ['a', 'Z'], ['_', '^'])
  row('^[^a-z]$', ['_', '1', '\xe9'], ['a', 'A'])
  row('^[[:lower:]]$', ['a', 'A'], ['1'])
  refused('[Z-a]', '[_-a]', '[z-a]')
})

test('compileEre() lets quantifiers follow each other', () => {
  for (const pattern of ['^a**$', '^a+*$', '^a*?$', '^a{0,}?$'])
    row(pattern, ['', 'a', 'aa'], ['b'])
  row('^a{1}{2}$', ['aa'], ['a', 'aaa'])
  row('^a{2}{2}$', ['aaaa'], ['aa', 'aaa'])
  row('^a{,2}$', ['', 'a', 'aa'], ['aaa'])
  row('^a{2,}$', ['aa', 'aaaaa'], ['a'])
  row('^a{0}b$', ['b'], ['ab'])
})

test('compileEre() refuses quantifiers with nothing before them', () => {
  refused('*a', '+a', '?a', '(*a)', 'a|*b', '^*a', '{1}', '\\<*', '(?:a)', '(?i)a', '(?=a)')
})

test('compileEre() refuses what is not complete or out of bounds', () => {
  refused('a{x}', 'a{1,', 'a{', 'a{}', 'a{2,1}', 'a{32768}', '[a', '[', '[]', '(a', '\\1', 'a\\')
  refused('(a\\1)', '(a)\\2', '(a)|b\\1')
})

test('compileEre() takes a ) or } that closes nothing for itself', () => {
  row('a)', ['a)'], ['a'])
  row('^a}$', ['a}'], ['a'])
})

test('compileEre() lets empty alternatives match everything', () => {
  for (const pattern of ['', '()', '(|a)', 'a||b', '|a', 'x|']) row(pattern, ['', 'zzz'], [])
})

test('compileEre() anchors wherever ^ and $ stand', () => {
  row('a^b|a$b', [], ['ab', 'a^b', 'a$b', 'a\nb'])
  row('(^a|b$)', ['ax', 'xb'], ['xa', 'bx'])
})

test('compileEre() takes each byte for a character and folds ASCII alone', () => {
  row('^.$', ['\xe9', '\n', '\0'], ['\xc3\xa9'])
  row('^\xe9$', ['\xe9'], ['\xc9'])
  row('^[\x80-\xff]$', ['\x80', '\xff'], ['\x7f'])
  row('k', ['K', 'k'], ['\u212a'])
})

test('compileEre() knows references to groups', () => {
  row('(l)\\1', ['hello', 'heLlo'], ['helo'])
  row('^(a|bc)x?\\1$', ['aa', 'aXa', 'bcBC'], ['abc', 'bca'])
  row('^(a*)b\\1$', ['b', 'aba', 'aaaBaaa'], ['baa', 'ab'])
  row('\\<(\\w+) \\1\\>', ['say it it now'], ['it its'])
  row('^(a){2}\\1$', ['aaa'], ['aa'])
  row('^(a{1,2}){,3}\\1$|^$', ['', 'aa', 'aaaa'], ['a', 'b'])
})

test('compileEre() counts as far as glibc does', () => {
  row('^a{1500}$', ['a'.repeat(1500)], ['a'.repeat(1499), 'a'.repeat(1501)])
  row('^a{1001,2100}$', ['a'.repeat(1001), 'a'.repeat(2100)], ['a'.repeat(1000), 'a'.repeat(2101)])
  row('^(a{40}){30}$', ['a'.repeat(1200)], ['a'.repeat(1199), 'a'.repeat(1240)])
  row('^.{32767}$', [], ['a'])
  row('^.{,32767}$', ['a'], [])
})

test('compileEre() refuses what would need much memory or a deep stack', () => {
  refused('((a{1000}){1000}){1000}', 'a{300}{301}', '(()){32767}{32767}', '('.repeat(20_000))
  refused(`${'('.repeat(101)}a${')'.repeat(101)}`)
  row(`^a${'*+?'.repeat(10_000)}$`, ['', 'aaa'], ['b'])
  row(`^a${'{1}'.repeat(10_000)}$`, ['a'], ['aa'])
})

const megabyte = 1 << 20
const hostile: readonly (readonly [pattern: string, subject: string])[] = [
  ['(a+)+$', 'a'.repeat(megabyte)],
  ['^(a|a|aa)*b$', 'a'.repeat(megabyte)],
  ['(.*)(.*)(.*)(.*)(.*)x$', 'y'.repeat(megabyte)],
  ['(a|b)*a(a|b){20}c', 'ab'.repeat(megabyte / 2)],
  ['a[ab]{1000}$', 'ab'.repeat(megabyte / 2)],
  ['\\<(\\w|\\w\\w)*\\>!', 'a'.repeat(megabyte)],
  ['^(a+)+\\1$', 'a'.repeat(megabyte)],
  ['(a*)*(a*)*\\2b', 'a'.repeat(100)],
  ['(.*).*\\1$', `${'ab'.repeat(megabyte / 2)}c`],
]

for (const [pattern, subject] of hostile)
  test(`compileEre() answers in time for ${pattern} on ${subject.length} bytes`, () => {
    const ere = compileEre(pattern)
    // Of the processor: others may keep us waiting.
    const before = process.cpuUsage()
    try {
      ere.matches(`${subject}-`, plenty())
    } catch (thrown) {
      assert.ok(isFault(thrown, 'tooBig'), String(thrown))
    }
    const { user, system } = process.cpuUsage(before)
    assert.ok(user + system < 1_000_000, `${user + system} microseconds`)
  })
