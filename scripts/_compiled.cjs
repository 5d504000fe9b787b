// Run by scripts/build.mjs: node [FLAG …] scripts/_compiled.cjs DIST PROGRAM [ARGUMENT …]
// Runs a built program once and keeps what V8 compiled for that beside its source, in PROGRAM.ready.
const { readFileSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join, resolve } = require('node:path')
const { Script } = require('node:vm')

const [, , dist, program, ...rest] = process.argv
const path = resolve(dist, `${program}.cjs`)
// As Node wraps a file; esbuild writes ASCII alone, so that characters are bytes.
const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'latin1')}\n})`
const script = new Script(source, { filename: path })
process.on('exit', () => {
  const kept = [`${source.length}\n`, source].map((text) => Buffer.from(text, 'latin1'))
  writeFileSync(join(dist, `${program}.ready`), Buffer.concat([...kept, script.createCachedData()]))
})
process.argv = [process.argv[0], path, ...rest]
script.runInThisContext()({}, createRequire(path), {}, path, resolve(dist))
