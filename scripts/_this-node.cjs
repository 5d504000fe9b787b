/**
 * Tells one build of Node from another. Its version alone does not: a distribution mends its Node and
 * leaves the number, and V8 before version 12 takes code that was compiled by such a relative for its
 * own, and dies of it. Goes into loaders as text (scripts/_compile-ahead.mjs).
 */
module.exports = function thisNode() {
  const { size, mtimeMs } = require('node:fs').statSync(process.execPath)
  return [process.version, process.arch, size, Math.trunc(mtimeMs)].join()
}
