import { bounceCheck, isSameCheck } from '../message/bounce-check.ts'
import { bounceKeyOf } from '../spool/bounce-key.ts'
import { probeTime } from '../spool/bounces.ts'
import type { OpenList } from './reply-request.ts'

/** A bounce address, taken apart by readBounceExtension() and splitCheck(). */
export interface CheckedBounce {
  readonly which: string
  readonly check: string | undefined
  readonly address: string | undefined
}

/**
 * Why a bounce to this address does nothing in a list with `bouncecheck`, as the end of a sentence;
 * undefined when it has the check that only we can have made. The cookie of a confirmation is secret,
 * so its address needs none.
 */
export async function whyUnchecked(
  { dir, settings }: Pick<OpenList, 'dir' | 'settings'>,
  { which, check, address }: CheckedBounce,
): Promise<string | undefined> {
  if (!settings.bouncecheck || /^conf(un)?sub$/i.test(which)) return undefined
  if (check === undefined || address === undefined) return 'without a check (bouncecheck)'
  const word = /^probe$/i.test(which) ? `probe ${(await probeTime(dir, address)) ?? ''}` : which
  const right = bounceCheck(await bounceKeyOf(dir), word, address)
  return isSameCheck(check, right) ? undefined : 'with a wrong check (bouncecheck)'
}
