import { RE2JS } from 're2js'
import { Fault } from '../base/fault.ts'
import { backtrack } from './_ere-backtrack.ts'
import { parseEre } from './_ere-parse.ts'
import { programOf } from './_ere-program.ts'
import { re2Text } from './_ere-re2.ts'
import type { Ere } from './ere.ts'

/** How much longer re2js takes over an expression that looks behind: it has no fast way for those. */
const lookingBehind = 10

/**
 * Makes a glibc extended regular expression usable (spec mailflow 10). Matching is linear in the
 * subject: re2js does it. Expressions with references to groups are tried out, within the fuel.
 *
 * This file is the only one that loads re2js. Load it when a list has access rules, not before.
 * @throws Fault badSettings for what glibc refuses, and for what would need too much memory.
 */
export function compileEre(pattern: string): Ere {
  const { tree, groups, refers, warnings } = parseEre(pattern)
  if (refers) {
    const program = programOf(tree, groups)
    return { warnings, matches: (subject, fuel) => backtrack(program, subject, fuel) }
  }
  const text = re2Text(tree)
  const engine = RE2JS.compile(text, RE2JS.LOOKBEHINDS)
  const cost = tree.size * (text.includes('(?<') ? lookingBehind : 1)
  return {
    warnings,
    matches: (subject, fuel) => {
      fuel.left -= cost * (subject.length + 1)
      if (fuel.left < 0)
        throw new Fault('tooBig', 'the header is too long for the rules to be tried on it')
      return engine.test(subject)
    },
  }
}
