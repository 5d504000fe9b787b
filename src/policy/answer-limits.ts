import { asciiLower } from '../base/bytes.ts'
import type { Settings } from '../list/tunables.ts'

/** A mail of ours that somebody is about to cause. */
export interface CausedAnswer {
  /** Who gets it. */
  readonly to: string
  /** Where the wish came from (sourceOf, or a caller's network); undefined when that has no limit. */
  readonly source: string | undefined
  /** It asks to confirm joining or leaving. */
  readonly isQuestion: boolean
}

export interface AnswerQuota {
  readonly name: string
  readonly most: number
  /** What is said when it is used up, as the end of a sentence. */
  readonly why: string
}

/**
 * The limits that an answer counts against, so that nobody can have us flood somebody else, and two
 * programs that answer each other come to an end (RFC 3834 2).
 */
export function answerQuotas(
  { to, source, isQuestion }: CausedAnswer,
  { answerlimit, confirmlimit, sourcelimit, limitwindow }: Settings,
): readonly AnswerQuota[] {
  const within = `within ${limitwindow} seconds`
  const who = asciiLower(to)
  return [
    ...(isQuestion
      ? [
          {
            name: `question\0${who}`,
            most: confirmlimit,
            why: `its address was answered ${confirmlimit} times about joining or leaving ${within} (confirmlimit)`,
          },
        ]
      : []),
    {
      name: `answer\0${who}`,
      most: answerlimit,
      why: `its address had ${answerlimit} answers ${within} (answerlimit)`,
    },
    ...(source === undefined
      ? []
      : [
          {
            name: `source\0${source}`,
            most: sourcelimit,
            why: `its source caused ${sourcelimit} answers ${within} (sourcelimit)`,
          },
        ]),
  ]
}
