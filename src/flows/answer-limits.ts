import { Fault } from '../base/fault.ts'
import { answerQuotas, type CausedAnswer } from '../policy/answer-limits.ts'
import { countLately } from '../spool/lately.ts'
import type { House } from './house.ts'
import type { OpenList } from './reply-request.ts'

/**
 * Counts an answer that is about to be written, unless it would be too many.
 *
 * @param seed what causes it: the same one is counted once, however often it is tried
 * @returns why it shall not be written, as the end of a sentence.
 * @throws Fault busy, spoolTrouble, spoolFull
 */
export async function whyTooMany(
  { chance }: House,
  { dir, settings }: Pick<OpenList, 'dir' | 'settings'>,
  answer: CausedAnswer,
  seed: string,
): Promise<string | undefined> {
  const quotas = answerQuotas(answer, settings)
  const spent = await countLately(
    dir,
    'answers',
    { seed, quotas },
    settings.limitwindow,
    chance.now(),
  )
  return quotas.find(({ name }) => name === spent?.name)?.why
}

/**
 * As whyTooMany, for a command: it ends there, before anything was noted or sent.
 *
 * @throws Fault tooMany
 */
export async function mustNotBeTooMany(
  house: House,
  list: OpenList,
  answer: CausedAnswer,
): Promise<void> {
  const why = await whyTooMany(house, list, answer, house.chance.id())
  if (why !== undefined) throw new Fault('tooMany', `nobody was asked: ${why}`)
}
