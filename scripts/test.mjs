#!/usr/bin/env node
// Runs the tests below the given folders or files:
// node scripts/test.mjs [--minutes N] [--at-once N] PATH …
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleForChecks } from './_bundle.mjs'

function testsBelow(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path)
    .flatMap((name) => testsBelow(join(path, name)))
    .filter((name) => name.endsWith('.test.ts'))
}

const { values, positionals: paths } = parseArgs({
  options: {
    // How long one file may take.
    minutes: { type: 'string', default: '5' },
    // How many files run side by side; their tests wait for programs and disks more than they work.
    'at-once': { type: 'string', default: String(availableParallelism() + 1) },
  },
  allowPositionals: true,
})
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
    `--test-concurrency=${values['at-once']}`,
    // A test that hangs, or leaves something open, must not stop the rest for ever.
    `--test-timeout=${Number(values.minutes) * 60_000}`,
    `--test-reporter=${process.env.CI && !process.stdout.isTTY ? 'tap' : 'spec'}`,
    '--test-reporter-destination=stdout',
    '--test-reporter=./scripts/_totals-reporter.mjs',
    '--test-reporter-destination=stdout',
    ...files.map((file) => join(out, file.replace(/\.ts$/, '.mjs'))),
  ],
  { stdio: 'inherit' },
)
spawnSync('rm', ['-rf', out])
process.exitCode = status ?? 70
