#!/usr/bin/env node
// Makes dist/: one CommonJS file for each launcher, one for each part that is loaded on demand.
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleForUse, lazyName } from './_bundle.mjs'

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
':' //; node --v8-pool-size=1 "$0" "$@"; s=$?; case $s in 0|65|67|69|77) exit $s ;; esac; exit 75
`

/** What it does is done before a thread for it would have begun. */
const atOnce = ['mlmmj-receive']

/**
 * Takes the place of a program that was compiled ahead: it loads from one file the source and what
 * V8 made of it. Another Node than the one that made it, or the same with other flags, finds that by
 * itself and compiles the source.
 */
const loaderOf = (program) => `const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const kept = readFileSync(\`\${__dirname}/${program}.ready\`);
const begin = kept.indexOf(10) + 1;
const end = begin + Number(kept.latin1Slice(0, begin));
new Script(kept.latin1Slice(begin, end), { filename: __filename, cachedData: kept.subarray(end) })
  .runInThisContext()(exports, require, module, __filename, __dirname);
`

/**
 * Compiles mlmmj-receive by letting it take a mail: start-up is most of its time, and compiling most
 * of what we add to Node's own (bench/README.md).
 */
async function compileReceive(dist) {
  const program = 'mlmmj-receive'
  // With the flags that bin/mlmmj-receive gives: V8 takes nothing that was made with others.
  const launcher = await readFile(join('bin', program), 'utf8')
  const flags = /node((?: --[\w=-]+)+) /.exec(launcher)?.[1].trim().split(' ') ?? []
  const list = await mkdtemp(join(tmpdir(), 'mlmmj-build-'))
  try {
    for (const shelf of ['control', 'incoming']) await mkdir(join(list, shelf))
    await writeFile(join(list, 'control', 'listaddress'), 'talk@example.org\n')
    const args = ['scripts/_compiled.cjs', dist, program, '--no-worker', '-L', list]
    const { status, stderr } = spawnSync(process.execPath, [...flags, ...args], {
      input: 'From: ann@example.org\nTo: talk@example.org\n\nHello\n',
      env: { SENDER: 'ann@example.org', EXTENSION: '' },
    })
    if (status !== 3) {
      process.stderr.write(`build: ${program} is not compiled ahead: ${stderr}\n`)
      return
    }
    await writeFile(join(dist, `${program}.cjs`), loaderOf(program))
  } finally {
    await rm(list, { recursive: true })
  }
}

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
  await compileReceive(made)
  const client = `${made}/postfix_incoming.cjs`
  const { lazy, packagesInside } = await bundleForUse('postfix/postfix_incoming.ts', client, {
    oneFile: true,
  })
  if (lazy.length + packagesInside.length > 0) {
    process.stderr.write('build: postfix_incoming must be one file of our own\n')
    process.exitCode = 70
  }
  await writeFile(client, shellFirst + (await readFile(client, 'utf8')))
  await chmod(client, 0o755)
  await rm('dist', { recursive: true, force: true })
  await rename(made, 'dist')
} finally {
  await rm(made, { recursive: true, force: true })
}
