import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrongImports } from './import-table.ts'

test('wrongImports() finds a room that knows too much', () => {
  const found = [...wrongImports('src/policy/post.ts', "import { x } from '../spool/queue.ts'\n")]
  assert.deepEqual(found, ['src/policy/post.ts: policy may not import spool (../spool/queue.ts)'])
})

test('wrongImports() finds a private file used from another room', () => {
  const found = [...wrongImports('src/flows/post.ts', "import { x } from '../spool/_layout.ts'\n")]
  assert.deepEqual(found, ['src/flows/post.ts: ../spool/_layout.ts is private to spool'])
})

test('wrongImports() finds an import that is done on demand', () => {
  const found = [...wrongImports('src/base/fault.ts', "await import('../spool/queue.ts')\n")]
  assert.equal(found.length, 1)
})

test('wrongImports() keeps policy pure', () => {
  const found = [...wrongImports('src/policy/x.ts', "import { f } from 'node:fs'\nasync () => f\n")]
  assert.equal(found.length, 2)
})

test('wrongImports() says nothing about what is allowed', () => {
  assert.deepEqual([...wrongImports('src/flows/a.ts', "import { x } from '../spool/queue.ts'")], [])
})
