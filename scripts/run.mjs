#!/usr/bin/env node
// Runs a TypeScript script of ours: node scripts/run.mjs FILE.ts [ARGUMENT …]
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { bundleForChecks } from './_bundle.mjs'

const [file = '', ...rest] = process.argv.slice(2)
await bundleForChecks([file], 'build/run')
const made = resolve('build/run', file.replace(/\.ts$/, '.mjs'))
process.argv = [process.argv[0], made, ...rest]
await import(pathToFileURL(made).href)
