import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { tunables } from '../src/list/tunables.ts'
import { report, sourcesBelow } from './_sources.ts'

const banned = /^_?(utils?|helpers?|manager|types|misc|common)\.ts$/
const found: string[] = []
const sources = sourcesBelow('src').filter((path) => !/\.(test|contract)\.ts$/.test(path))
for (const path of sourcesBelow('src', 'bin', 'postfix', 'test', 'scripts', 'bench')) {
  const name = basename(path)
  if (banned.test(name)) found.push(`${path}: say what is in it instead of ${name}`)
  if (!/^_?[a-z0-9]+([-_][a-z0-9]+)*(\.(test|contract))?\.m?ts$/.test(name))
    found.push(`${path}: file names are kebab-case`)
}

// The pure rooms promise a test beside each file (house 23).
for (const path of sources.filter((path) => /^src\/(policy|compose|message|list)\//.test(path))) {
  if (basename(path).startsWith('_') || onlyTypes(path)) continue
  if (!existsSync(path.replace(/\.ts$/, '.test.ts'))) found.push(`${path}: has no test beside it`)
}

function onlyTypes(path: string): boolean {
  return !/^export (async )?(function|const|class)/m.test(readFileSync(path, 'utf8'))
}

// One table of control files (house 1): nobody else spells a name that means nothing else.
const ordinaryWords =
  /^(owner|send|access|prefix|footer|moderators|moderated|tocc|verp|listaddress|delimiter|maxmailsize|subonlypost|modonlypost|modnonsubposts)$/
for (const path of sources) {
  if (/^src\/(list\/tunables|compose\/text\/)/.test(path)) continue
  const source = readFileSync(path, 'utf8')
  for (const name of Object.keys(tunables))
    if (!ordinaryWords.test(name) && source.includes(`'${name}'`))
      found.push(`${path}: '${name}' belongs to src/list/tunables.ts alone`)
}
report(found)
