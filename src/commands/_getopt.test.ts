import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { getopt } from './_getopt.ts'

const options = {
  list: { type: 'string', short: 'L', help: '' },
  address: { type: 'string', short: 'a', help: '' },
  count: { type: 'boolean', short: 'c', help: '' },
  normal: { type: 'boolean', short: 's', group: 'what', help: '' },
  nomail: { type: 'boolean', short: 'n', group: 'what', help: '' },
  file: { type: 'string', help: '' },
} as const

function read(...argv: string[]) {
  const { values, operands, unknown } = getopt(options, argv)
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== false))
  return { ...given, operands: operands.join(' '), unknown: unknown.join('') }
}

const rows: readonly (readonly [string[], object])[] = [
  [['-L/x'], { list: '/x' }],
  [['-L', '/x'], { list: '/x' }],
  [['-afoo@example.org'], { address: 'foo@example.org' }],
  [['-cnL', 'x'], { count: true, nomail: true, list: 'x' }],
  [['-cnLx'], { count: true, nomail: true, list: 'x' }],
  [['-a', '-dash@example.org'], { address: '-dash@example.org' }],
  [['-a', '--'], { address: '--' }],
  [['-a', ''], { address: '' }],
  [['-L', 'x', '-L', 'y'], { list: 'y' }],
  [['-s', '-n'], { nomail: true }],
  [['-ns'], { normal: true }],
  [['one', '-c', 'two'], { count: true, operands: 'one two' }],
  [['--', '-c'], { operands: '-c' }],
  [['-'], { operands: '-' }],
  [['-L=x'], { list: '=x' }],
  [['-Zc'], { unknown: 'Z', count: true }],
  [['-ö'], { unknown: 'ö' }],
  [['--list', 'x', '--count'], { list: 'x', count: true }],
  [['--list=x=y', '--file='], { list: 'x=y', file: '' }],
  [['--file', '-'], { file: '-' }],
]
for (const [argv, wanted] of rows)
  test(`getopt() reads ${JSON.stringify(argv)}`, () => {
    assert.deepEqual(read(...argv), { operands: '', unknown: '', ...wanted })
  })

const wrong: readonly (readonly [string[], RegExp])[] = [
  [['-L'], /-L needs a value/],
  [['-cL'], /-L needs a value/],
  [['--list'], /--list needs a value/],
  [['--count=3'], /--count takes no value/],
  [['--lits', 'x'], /no option --lits; do you mean --list\?/],
  [['--zzzzzz'], /no option --zzzzzz$/],
  [['--constructor'], /no option --constructor/],
  [['--=x'], /no option --$/],
]
for (const [argv, why] of wrong)
  test(`getopt() refuses ${JSON.stringify(argv)}`, () => {
    assert.throws(
      () => read(...argv),
      (thrown) => isFault(thrown, 'badUsage') && why.test(thrown.message),
    )
  })
