import assert from 'node:assert/strict'
import fc from 'fast-check'
import { judgeAccess } from '../../src/policy/access.ts'
import { compileEre } from '../../src/policy/ere-engine.ts'
import { target } from './_target.ts'
import { laced, text } from './_words.ts'

const megabyte = 1_048_576

/** Expressions that other engines take for ever over. */
const { expression } = fc.letrec<{ expression: string; atom: string }>((tie) => ({
  expression: fc
    .array(
      fc
        .tuple(
          tie('atom'),
          fc.constantFrom(
            '',
            '',
            '*',
            '+',
            '?',
            '{2,}',
            '{,3}',
            '{1,50}',
            '*?',
            '{1000}',
            '{2}{3}',
          ),
        )
        .map((pair) => pair.join('')),
      { minLength: 1, maxLength: 4 },
    )
    .map((items) => items.join('')),
  atom: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^:]',
      '\\w',
      '\\<',
      '\\b',
      '^',
      '$',
      '\\1',
      '\\2',
      '[[:alpha:]]',
      '(a|a)',
      '(a*)',
    ),
    tie('expression').map((inside) => `(${inside})`),
    fc.tuple(tie('expression'), tie('expression')).map(([one, other]) => `(${one}|${other})`),
  ),
}))

const rule = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('allow', 'deny', 'send', 'moderate', 'discard', 'deny-why'),
      fc.constantFrom(' ', ' !', ' ^'),
      expression,
    )
    .map((parts) => parts.join('')),
  laced(['allow', 'deny', ' ', '!', '^subject:', '.*', '[', '(', '\\', '{1,'], 6),
)

const headerLine = fc.oneof(
  text.map((value) => `Subject: ${value}`),
  fc
    .tuple(fc.constantFrom('a', 'ab', 'aab', 'a b', '\xe9'), fc.constantFrom(50, 2_000, 40_000))
    .map(([piece, length]) => `X: ${piece.repeat(Math.ceil(length / piece.length))}!`),
)

/** The longest that a mail may keep the rules busy; the fuel is worth far less. */
const deadlineMs = 5_000

export const accessRules = target(
  'access rules',
  fc.tuple(
    fc.array(rule, { minLength: 1, maxLength: 4 }),
    fc.array(headerLine, { maxLength: 4 }),
    fc.boolean(),
  ),
  () => ({
    attempt([rules, lines, long]) {
      const all = long ? [...lines, `X-Long: ${'ab'.repeat(megabyte / 2)}`] : lines
      const { log, warnings } = judgeAccess(rules, all, 'joe@example.org', compileEre)
      for (const said of [log, ...warnings]) assert.match(said, /^[^\0-\x08\x0a-\x1f\x7f]{0,9000}$/)
    },
  }),
  deadlineMs,
)
