import { Fault } from '../base/fault.ts'

export type AccessAction = 'allow' | 'send' | 'deny' | 'moderate' | 'discard'

/** One line of control/access, read. */
export interface AccessRule {
  readonly action: AccessAction
  /** Chooses the list text of a denial. */
  readonly qualifier: string | undefined
  /** Undefined: the rule applies to every mail. */
  readonly pattern: string | undefined
  /** The rule applies when no header matches. */
  readonly negated: boolean
}

/** Nothing that could leave the texts' directory or a log's line may be a qualifier. */
const shape = /^(allow|send|deny|moderate|discard)(?:-([^\u0000-\u0020\u007f/]*))?(?: (!?)(.*))?$/s

/**
 * What any subject may begin with need not be looked for, but it must not be taken away from a
 * quantifier. mlmmj takes it away there too, and then denies everything.
 */
const idle = /^(?:\^\.\*(?![*+?{]))?(?:\.\*(?![*+?{]))*/

/**
 * Reads a rule: `action[-qualifier][ [!]pattern]` (spec mailflow 10). Exactly one blank stands
 * before the pattern; more belong to it.
 * @throws Fault badSettings for anything else, such as a comment or an action in capitals.
 */
export function readAccessRule(line: string): AccessRule {
  const found = shape.exec(line)
  if (found === null)
    throw new Fault(
      'badSettings',
      'it does not begin with allow, send, deny, moderate or discard, in small letters, and then one blank or nothing (there are no comments)',
    )
  const [, action, qualifier, mark, pattern] = found
  return {
    action: action as AccessAction,
    qualifier: qualifier === '' ? undefined : qualifier,
    pattern: pattern?.replace(idle, ''),
    negated: mark === '!',
  }
}
