import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { isFault } from '../../src/base/fault.ts'
import { compileEre } from '../../src/policy/ere-engine.ts'

/*
 * Access rules against the C library and grep of this machine, both in the C locale. regcomp(3) is
 * the judge, called as mlmmj calls it; grep -E accepts more (`*a`, `{1}`) and is asked only about
 * expressions that mean the same to both.
 */

const oracleSource = String.raw`
#include <regex.h>
#include <stdio.h>
#include <string.h>
static void unhex(const char *from, char *to) {
  unsigned byte;
  while (sscanf(from, "%2x", &byte) == 1) { *to++ = (char)byte; from += 2; }
  *to = 0;
}
int main(void) {
  static char line[65536], text[65536];
  regex_t re;
  int ready = 0;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    unhex(line + 1, text);
    if (line[0] == 'p') {
      if (ready) regfree(&re);
      ready = regcomp(&re, text, REG_EXTENDED | REG_NOSUB | REG_ICASE) == 0;
      putchar(ready ? 'c' : 'e');
    } else if (ready) putchar(regexec(&re, text, 0, NULL, 0) == 0 ? '1' : '0');
  }
  return 0;
}`

const inC = { env: { ...process.env, LC_ALL: 'C' }, timeout: 20_000 }
const room = mkdtempSync(join(tmpdir(), 'access-grep-'))
after(() => rmSync(room, { recursive: true }))
const oracle = compileOracle()
const skip = oracle === undefined ? 'there is no C compiler (cc) on this machine' : false

function compileOracle(): string | undefined {
  const [source, program] = [join(room, 'oracle.c'), join(room, 'oracle')]
  writeFileSync(source, oracleSource)
  const { status } = spawnSync('cc', ['-O1', '-o', program, source], { stdio: 'ignore' })
  return status === 0 ? program : undefined
}

interface Case {
  readonly pattern: string
  readonly subjects: readonly string[]
}

/** One string per case: `e` for a refused pattern, else `c` and a digit for each subject. */
function askOracle(cases: readonly Case[]): string[] {
  const hex = (bytes: string) => Buffer.from(bytes, 'latin1').toString('hex')
  const input = cases.flatMap((one) => [
    `p${hex(one.pattern)}`,
    ...one.subjects.map((subject) => `s${hex(subject)}`),
  ])
  const options = { ...inC, input: `${input.join('\n')}\n`, maxBuffer: 1 << 26 }
  return execFileSync(oracle ?? '', options)
    .toString()
    .split(/(?=[ce])/)
}

function askOurs({ pattern, subjects }: Case): string {
  const fuel = { left: 1e9 }
  try {
    const ere = compileEre(pattern)
    return `c${subjects.map((subject) => (ere.matches(subject, fuel) ? '1' : '0')).join('')}`
  } catch (thrown) {
    if (!isFault(thrown, 'badSettings')) throw thrown
    return 'e'
  }
}

function compare(cases: readonly Case[]): void {
  const wanted = askOracle(cases)
  assert.equal(wanted.length, cases.length)
  cases.forEach((one, index) => assert.equal(askOurs(one), wanted[index], JSON.stringify(one)))
}

/** The words of a table, one blank or line end between them. */
function words(table: string): string[] {
  return table.split(/\s+/).filter((word) => word !== '')
}

const subjects = [
  ...words(String.raw`a A b ab aB ba abc aab aaa aaaa aabb xayb a-b a_b a1 1 12 - _ ] [ \ \d d D { }
    a{2} a) ) ( ^ $ a$ * + a* ? | , . hello HeLLo z Z y_ @ ' " : = & ~`),
  ...[
    '',
    ' a',
    'a ',
    'a b',
    '\t',
    'a\tb',
    '\r',
    '`',
    '\x7f',
    '\xe9',
    '\xc9',
    '\xc3\xa9',
    'stra\xdfe',
  ],
  ...['caf\xc3\xa9 x', 'Subject: Hello World', 'From: "Ann" <ann@example.org>'],
]

/** A row for each row of spec mailflow 10, and neighbours of theirs. */
const table = String.raw`
  a A hello ^a a$ ^a$ ^$ a^b a$b ^^a a$$ (^a) (a$) a|b ^(a|b)$ () (|a) a||b |a a| ^(|a)$ (a|)b x()y
  (^)*a ^*a $* \b*  \<+
  [a\]] [\d] []a] [^]a] [a-] [-a] [^-a] [--a] [+--] [a--] [a-c-e] [a-c-] [A-z] [^a-z] [Z-a] [_-a]
  [z-a] [a [ [] [^ [^] [[] [[a] [[x]] [.] [*] [$^] [a^] [\] [\w] [\]] [!-~]
  [[:alpha:]] [[:lower:]] [[:upper:]] [^[:lower:]] [[:digit:]] [[:alnum:]] [[:punct:]] [[:space:]]
  [[:blank:]] [[:cntrl:]] [[:graph:]] [[:print:]] [[:xdigit:]] [[:foo:]] [[:ALPHA:]] [[:alpha:]
  [[:alpha [:alpha:] [[.a.]] [[.-.]] [[.space.]] [[.hyphen.]] [[=a=]] [[=ab=]] [[==]] [[..]] [[=]=]]
  [[.].]] [[.a.]-c] [a-[.c.]] [[=a=]-c] [a-[=c=]] [[:alpha:]-z] [[:digit:]-] [a-[:digit:]]
  \w \W \s \S \b \B \ba a\b \Ba a\B \<a a\> \< \> a\' \D \J \Z \. \* \\ \( \) \{ \} \| \+ \? \[ \]
  \^ \$ \- \, \/ \" \0 \ a\ \<\> \w\b\W \b\b \Bb\B a\<b a\>b ^\<$ (\<a|b\>) \<* (\b)*a
  a** a+* a*? a?? a{1}{2} a{2}{2} a{,2} ^a{,2}$ ^a{2}$ ^a{2,}$ ^a{2,3}$ a{,} a{0} ^a{0}$ a{0}b
  a{0,0}* (a{0})+ *a +a ?a (*a) a|*b {1} { {a } a} a{ a{x} a{1, a{1 a{} a{2,1} a{1,2,3} a{-1}
  a{32767} a{32768} a{1\,2} a{\1} a{\0} (ab){2} (a|b){2,3} ((a)*b)+ (a*)* (a*)+b ^(a?){3}$
  ^(a{2}){2}$ (a{0,3}){0,4}b . ^.$ ^..$ .* a.b ^.*$
  a) ) (a ( ((a) (a)) (l)\1 (a)\1 ^(a|b)\1$ \1 (a\1) (a)\2 (a)(b)\2\1 (.)\1 ^(.*)\1$ (a)|b\1
  ((a)|b)\1 ((a)b)\2
  (?:a) (?i)a (?=a) (?!a) (?<a>b) a*+ a++ stra.e /a/`

const patterns = [
  ...words(table),
  ...[
    '',
    '\\ ',
    ' a',
    '[ -~]',
    'a{ 1}',
    '\\`a',
    "^\\`a\\'$",
    '[\x80-\xff]',
    '[^\x80-\xff]',
    '[\xe9]',
  ],
  ...['[a-\xff]', '\xe9', '^\xc3\xa9$', '\xdf', '\\\xe9'],
]

test('access rules mean what regcomp(3) reads, over a table', { skip }, () => {
  compare(patterns.map((pattern) => ({ pattern, subjects })))
})

const letters = (chars: string, maxLength: number) =>
  fc.array(fc.constantFrom(...chars), { maxLength }).map((some) => some.join(''))
const oneOf = (choices: string) => fc.constantFrom(...words(choices))
const subject = letters('aaabbBcdE1__ --]^\\\xe9\xc3', 9)

function sample(pattern: fc.Arbitrary<string>, seed: number): Case[] {
  const one = fc.record({ pattern, subjects: fc.array(subject, { minLength: 6, maxLength: 10 }) })
  return fc.sample(one, { numRuns: 500, seed })
}

const bracket = fc
  .tuple(
    fc.constantFrom('', '', '^', ']', '^]', '-'),
    fc.array(oneOf(String.raw`a b B c-e Y-b 1 - ^ ] _ \ [:alpha:] [:digit:] [=a=] [.b.] [. [`), {
      maxLength: 4,
    }),
  )
  .map(([first, rest]) => `[${first}${rest.join('')}]`)

/** Escaped small letters are left out: there we differ on purpose. */
const { expression } = fc.letrec<Record<'expression' | 'item' | 'atom' | 'count', string>>(
  (tie) => ({
    expression: fc.array(tie('item'), { maxLength: 4 }).map((items) => items.join('')),
    item: fc.oneof(
      fc.tuple(tie('atom'), tie('count')).map((pair) => pair.join('')),
      oneOf(String.raw`^ $ | \b \B \< \>`),
    ),
    atom: fc.oneof(
      { depthSize: 'small' },
      oneOf('a b A ab . _ 1 \xe9'),
      oneOf(String.raw`\w \W \s \S \. \D`),
      bracket,
      tie('expression').map((inside) => `(${inside})`),
    ),
    count: fc.oneof(fc.constant(''), oneOf('* + ? ** {2} {,2} {1,3} {0} {2,} {1}{2}')),
  }),
)

/** glibc forgets the place in copies: `^(\<a){2}` matches "aa" there. Nobody can rely on that. */
function hasCountedPlaces(pattern: string): boolean {
  return /\)[*+?{}0-9,]*\{/.test(pattern) && /[$^]|\\[bB<>]/.test(pattern)
}

test('access rules mean what regcomp(3) reads, over random expressions', { skip }, () => {
  compare(
    sample(
      expression.filter((pattern) => !hasCountedPlaces(pattern)),
      20,
    ),
  )
})

test('access rules are refused when regcomp(3) refuses them, over random noise', { skip }, () => {
  const noise = letters('aAb1_-^$.*+?(){}|[],:=\\', 8)
  compare(
    sample(
      noise.filter((pattern) => !/\\[a1]/.test(pattern)),
      21,
    ),
  )
})

test('access rules refer to groups as regcomp(3) does', { skip }, () => {
  const some = fc.array(oneOf('a b . [ab1] 1 _? b* .* a+ (b) a{1,2}'), {
    minLength: 1,
    maxLength: 3,
  })
  const inside = fc.oneof(some, fc.constant(['a|b'])).map((items) => items.join(''))
  const again = oneOf(String.raw`\1 \1* \1{2} \1b (\1)+ b|a\1`)
  const ends = fc.constantFrom('', '^', 'a')
  const pattern = fc
    .tuple(ends, inside, some, again, fc.constantFrom('', '$', 'b'))
    .map(([start, group, between, reference, end]) =>
      [start, `(${group})`, ...between, reference, end].join(''),
    )
  compare(sample(pattern, 22))
})

const agreed =
  words(String.raw`^subject:.*hello \<ann@ example\.org>$ [a\]] [^]a] a** ^a{,2}$ [[.-.]]
  [[=a=]] (a|b){2} a||b ^(|a)$ \bb a\> \W \S ^[^[:alpha:]]*$ [A-Z] [^a-z] ^.$ ^..$ (l)\1 (.)\1
  ^\w+\'$ x|^b a+*b \. [[:punct:]]$`)

test('access rules find the lines that grep -E -i finds', (t) => {
  const lines = subjects.filter((line) => !/[\r\n]/.test(line))
  const input = Buffer.from(`${lines.join('\n')}\n`, 'latin1')
  for (const pattern of agreed) {
    const { status, stdout } = spawnSync('grep', ['-aEin', '-e', pattern], { ...inC, input })
    if (status === null) return t.skip('there is no grep on this machine')
    const ere = compileEre(pattern)
    const ours = lines.flatMap((line, i) => (ere.matches(line, { left: 1e9 }) ? [i + 1] : []))
    const found = stdout.toString('latin1').match(/^\d+(?=:)/gm) ?? []
    assert.deepEqual(ours, found.map(Number), pattern)
  }
})
