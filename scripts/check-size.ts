import { readFileSync } from 'node:fs'
import { report, sourcesBelow } from './_sources.ts'

/** Lines a file may have (house 19). Raising a number is a decision with a page in docs/decisions. */
const budget: readonly (readonly [RegExp, number])[] = [
  [/\.test\.ts$|^test\/|^bench\//, 600],
  [/^bin\//, 20],
  [/^src\/commands\/[^_]/, 150],
  [/^src\//, 300],
]

function* tooLong(path: string, lines: number): Generator<string> {
  const most = budget.find(([pattern]) => pattern.test(path))?.[1]
  if (most !== undefined && lines > most) yield `${path}: ${lines} lines, ${most} at most`
}

report(
  sourcesBelow('src', 'bin', 'test', 'bench').flatMap((path) => [
    ...tooLong(path, readFileSync(path, 'utf8').split('\n').length - 1),
  ]),
)
