#!/usr/bin/env node
// Makes dist/: one CommonJS file for each launcher, one for each part that is loaded on demand.
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { bundleForUse, lazyName } from './_bundle.mjs'
import { compileAhead, compileClient } from './_compile-ahead.mjs'

/** The mail path carries no package (README, "What runs when a mail comes"). */
const ownCodeOnly = ['mlmmj-receive', 'mlmmj-process']

/**
 * The pipe client is copied alone to mail hosts, and Postfix returns mail for most exit codes. So
 * /bin/sh turns whatever Node itself may end with into "try again": Node is missing, is too old, has
 * no memory. Each line is a comment to Node; the shell hands the arguments on without a look.
 */
const shellFirst = `#!/bin/sh
':' //; PATH="\${PATH:-/usr/bin:/bin}:/usr/local/bin"
':' //; command -v node >/dev/null || { echo "4.3.5 there is no node in $PATH"; exit 75; }
':' // See docs/decisions/start-up.md
':' //; node --no-rehash-snapshot --v8-pool-size=1 "$0" "$@"; s=$?
':' // A Node that does not know a flag has not read anything of the mail
':' //; [ $s != 9 ] || { node "$0" "$@"; s=$?; }
':' //; case $s in 0|65|67|69|77) exit $s ;; esac; exit 75
`

/** What it does is done before a thread for it would have begun. */
const atOnce = ['mlmmj-receive', 'mlmmj-list']

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
    const { lazy, packagesInside } = await bundleForUse(entry, `${made}/${out}.cjs`, {
      atOnce: atOnce.includes(out),
    })
    if (ownCodeOnly.includes(out) && packagesInside.length > 0) {
      process.stderr.write(`build: ${out} must not carry packages: ${packagesInside.join(', ')}\n`)
      process.exitCode = 70
    }
    for (const file of lazy) waiting.push({ entry: file, out: lazyName(file) })
  }
  await compileAhead(made)
  const client = `${made}/postfix_incoming.cjs`
  const { lazy, packagesInside } = await bundleForUse('postfix/postfix_incoming.ts', client, {
    oneFile: true,
  })
  if (lazy.length + packagesInside.length > 0) {
    process.stderr.write('build: postfix_incoming must be one file of our own\n')
    process.exitCode = 70
  }
  await compileClient(client)
  await writeFile(client, shellFirst + (await readFile(client, 'utf8')))
  await chmod(client, 0o755)
  await rm('dist', { recursive: true, force: true })
  await rename(made, 'dist')
} finally {
  await rm(made, { recursive: true, force: true })
}
