import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { unifiedDiff } from './line-diff.ts'

const names = { before: 'old', after: 'new' }

function numbered(count: number, changed: readonly number[] = []): string {
  return Array.from({ length: count }, (_, at) => `${changed.includes(at) ? 'x' : at}\n`).join('')
}

test('unifiedDiff() says nothing about equal texts', () => {
  assert.equal(unifiedDiff('a\n', 'a\n', names), '')
})

test('unifiedDiff() shows three lines around a change', () => {
  assert.equal(
    unifiedDiff(numbered(9), numbered(9, [4]), names),
    '--- old\n+++ new\n@@ -2,7 +2,7 @@\n 1\n 2\n 3\n-4\n+x\n 5\n 6\n 7\n',
  )
})

test('unifiedDiff() tells changes apart when their neighbours do not meet', () => {
  const hunks = (...changed: number[]) =>
    unifiedDiff(numbered(30), numbered(30, changed), names).match(/^@@ .*$/gm)
  assert.deepEqual(hunks(3, 10), ['@@ -1,14 +1,14 @@'])
  assert.deepEqual(hunks(3, 11), ['@@ -1,7 +1,7 @@', '@@ -9,7 +9,7 @@'])
})

test('unifiedDiff() shows whole texts that come or go', () => {
  assert.equal(unifiedDiff('', 'a\nb\n', names), '--- old\n+++ new\n@@ -0,0 +1,2 @@\n+a\n+b\n')
  assert.equal(unifiedDiff('a\n', '', names), '--- old\n+++ new\n@@ -1 +0,0 @@\n-a\n')
})

test('unifiedDiff() tells of a missing line end', () => {
  const expected = '@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n'
  assert.equal(unifiedDiff('a', 'a\n', names), `--- old\n+++ new\n${expected}`)
})

test('unifiedDiff() does not compare what is too large, and shows all of it', () => {
  const [before, after] = [numbered(3_000), numbered(3_000).replaceAll('\n', '.\n')]
  const lines = unifiedDiff(before, after, names).split('\n')
  assert.equal(lines.filter((line) => /^[-+]\d/.test(line)).length, 6_000)
})

test(
  'unifiedDiff() makes one text of the other, as patch(1) reads it',
  { skip: !hasPatch() },
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'mlmmj-ts-'))
    const text = fc
      .tuple(
        fc.array(fc.constantFrom('a', 'b', 'c', '', '-', '\\'), { maxLength: 30 }),
        fc.boolean(),
      )
      .map(([lines, ended]) => lines.join('\n') + (ended ? '\n' : ''))
    try {
      fc.assert(
        fc.property(text, text, (before, after) => {
          const [target, diff] = [join(dir, 'target'), join(dir, 'diff')]
          writeFileSync(target, before)
          writeFileSync(diff, unifiedDiff(before, after, { before: 'target', after: 'target' }))
          execFileSync('patch', ['-s', '-E', target, diff], { stdio: 'pipe' })
          assert.equal(after === '' ? '' : readFileSync(target, 'utf8'), after)
        }),
        { numRuns: 60, seed: 1 },
      )
    } finally {
      rmSync(dir, { recursive: true })
    }
  },
)

function hasPatch(): boolean {
  try {
    execFileSync('patch', ['--version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
