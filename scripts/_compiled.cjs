// Run by scripts/build.mjs: node [FLAG …] scripts/_compiled.cjs KEPT BUILT [ARGUMENT …]
// Runs a built program once and keeps in the file KEPT a line with the length of its source and with
// the Node that runs, the source, and what V8 compiled of it.
const { readFileSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname, resolve } = require('node:path')
const { Script } = require('node:vm')
const thisNode = require('./_this-node.cjs')

const [, , kept, built, ...rest] = process.argv
const path = resolve(built)
// As Node wraps a file; esbuild writes ASCII alone, so that characters are bytes.
const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'latin1')}\n})`
const script = new Script(source, { filename: path })
process.on('exit', () => {
  const text = Buffer.from(`${source.length} ${thisNode()}\n${source}`, 'latin1')
  writeFileSync(kept, Buffer.concat([text, script.createCachedData()]))
})
process.argv = [process.argv[0], path, ...rest]
script.runInThisContext()({}, createRequire(path), {}, path, dirname(path))
