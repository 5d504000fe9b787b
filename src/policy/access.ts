import { Fault, isFault } from '../base/fault.ts'
import { appliedLine, defaultLine, inert, ruleName } from './_access-log.ts'
import { readAccessRule, type AccessAction, type AccessRule } from './_access-rule.ts'
import type { CompileEre, Fuel } from './ere.ts'

export interface AccessVerdict {
  readonly action: AccessAction
  /** Of a denial by a rule `deny-QUALIFIER`: the third part of its text's name. */
  readonly qualifier?: string
  /** For the operation log, a byte string of one line (spec spool 1.4). */
  readonly log: string
  /** What the owner should repair, as byte strings of one line. */
  readonly warnings: readonly string[]
}

/** Worth less than a second of the worst rules, and far more than any honest mail needs. */
const fuelForOneMail = 100_000_000

/**
 * What control/access says of a mail (spec mailflow 10): the first rule that applies decides, and
 * when none does, the mail is denied. A rule that cannot be read, compiled or tried in time denies
 * every mail that gets to it, with a warning.
 *
 * `rules` are the lines of the file, `headerLines` the joined headers `Name: value`, all byte
 * strings. `compile` may be missing only when there are no rules.
 */
export function judgeAccess(
  rules: readonly string[],
  headerLines: readonly string[],
  poster: string,
  compile: CompileEre | undefined,
): AccessVerdict {
  const fuel = { left: fuelForOneMail }
  const warnings: string[] = []
  for (const [index, line] of rules.entries()) {
    const name = ruleName(index, line)
    const warn = (why: string) => void warnings.push(`${name}: ${inert(why)}`)
    try {
      const rule = readAccessRule(line)
      const { applies, header } = tryRule(rule, headerLines, compile, fuel, warn)
      if (!applies) continue
      const rest = rule.negated ? ', as no header matched' : ''
      const { action, qualifier } = rule
      return {
        action,
        ...(action === 'deny' && qualifier !== undefined ? { qualifier } : {}),
        log: appliedLine(poster, header, action, name, rest),
        warnings,
      }
    } catch (thrown) {
      if (!isFault(thrown, 'badSettings') && !isFault(thrown, 'tooBig')) throw thrown
      const why = thrown.message
      warn(`${why}; the mail was denied`)
      return {
        action: 'deny',
        log: appliedLine(poster, undefined, 'deny', name, `, which cannot be used: ${why}`),
        warnings,
      }
    }
  }
  return { action: 'deny', log: defaultLine(poster), warnings }
}

/** Whether a rule applies, and the header that made it. */
function tryRule(
  { pattern, negated }: AccessRule,
  headerLines: readonly string[],
  compile: CompileEre | undefined,
  fuel: Fuel,
  warn: (why: string) => void,
): { applies: boolean; header?: string } {
  if (pattern === undefined) return { applies: true }
  if (compile === undefined)
    throw new Fault('bug', 'there are access rules but nothing to read them')
  const expression = compile(pattern)
  expression.warnings.forEach(warn)
  const header = headerLines.find((line) => expression.matches(line, fuel))
  if (negated) return { applies: header === undefined }
  return header === undefined ? { applies: false } : { applies: true, header }
}
