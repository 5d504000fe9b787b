import { readFileSync } from 'node:fs'
import { report, sourcesBelow } from './_sources.ts'
import { wrongImports } from './import-table.ts'

report(
  sourcesBelow('src', 'bin', 'postfix').flatMap((path) => [
    ...wrongImports(path, readFileSync(path, 'utf8')),
  ]),
)
