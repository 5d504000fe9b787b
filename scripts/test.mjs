#!/usr/bin/env node
// Runs the tests below the given folders or files: node scripts/test.mjs [--only WORD] PATH …
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bundleForChecks } from './_bundle.mjs'

function testsBelow(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path)
    .flatMap((name) => testsBelow(join(path, name)))
    .filter((name) => name.endsWith('.test.ts'))
}

const paths = process.argv.slice(2)
const files = paths.flatMap(testsBelow)
if (files.length === 0) {
  process.stderr.write(`test: no *.test.ts below ${paths.join(', ')}\n`)
  process.exit(66)
}
const out = `build/test-${process.pid}`
await bundleForChecks(files, out)
const { status } = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    // A test that hangs, or leaves something open when it fails, must not stop the rest for ever.
    '--test-timeout=300000',
    '--test-force-exit',
    ...(process.env.CI || process.stdout.isTTY ? [] : ['--test-reporter=spec']),
    ...files.map((file) => join(out, file.replace(/\.ts$/, '.mjs'))),
  ],
  { stdio: 'inherit' },
)
spawnSync('rm', ['-rf', out])
process.exitCode = status ?? 70
