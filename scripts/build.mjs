#!/usr/bin/env node
// Makes dist/: one CommonJS file for each launcher, one for each part that is loaded on demand.
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { bundleForUse, lazyName } from './_bundle.mjs'

/** The mail path carries no package (README, "What runs when a mail comes"). */
const ownCodeOnly = ['mlmmj-receive', 'mlmmj-process']

/** Built aside and put in place at the end, so that the programs can be used meanwhile. */
const made = `dist.new-${process.pid}`

try {
  await mkdir(made)
  const launchers = (await readdir('bin')).filter((name) => name.endsWith('.mts'))
  const waiting = launchers.map((name) => ({
    entry: `bin/${name}`,
    out: name.replace(/\.mts$/, ''),
  }))
  const built = new Set()
  while (waiting.length > 0) {
    const { entry, out } = waiting.pop()
    if (built.has(out)) continue
    built.add(out)
    const { lazy, packagesInside } = await bundleForUse(entry, `${made}/${out}.cjs`)
    if (ownCodeOnly.includes(out) && packagesInside.length > 0) {
      process.stderr.write(`build: ${out} must not carry packages: ${packagesInside.join(', ')}\n`)
      process.exitCode = 70
    }
    for (const file of lazy) waiting.push({ entry: file, out: lazyName(file) })
  }
  await rm('dist', { recursive: true, force: true })
  await rename(made, 'dist')
} finally {
  await rm(made, { recursive: true, force: true })
}
