import { bareBytes } from '../base/bytes.ts'
import { identityOf } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'
import { bounceCheck } from '../message/bounce-check.ts'
import { returnPath } from '../message/verp.ts'
import { bounceKeyOf } from '../spool/bounce-key.ts'

/** The return path of the copy of a post, by its number, or of `digest`, for one recipient. */
export type ReturnPaths = (which: number | 'digest', recipient: string) => string

/**
 * How a list's return paths are made: in mlmmj's exact form, or with a check in them (`bouncecheck`).
 * The key is read once, so the result is cheap to call for each of many recipients.
 *
 * @throws Fault spoolTrouble, spoolFull; badSettings without a list address
 */
export async function returnPathsOf(listDir: string, settings: Settings): Promise<ReturnPaths> {
  const list = identityOf(settings)
  const fixed = settings.staticbounceaddr && bareBytes(settings.staticbounceaddr)
  if (!settings.bouncecheck) return (which, recipient) => returnPath(list, which, recipient, fixed)
  const key = await bounceKeyOf(listDir)
  return (which, recipient) =>
    returnPath(list, `${which}.${bounceCheck(key, which, recipient)}`, recipient, fixed)
}

/**
 * The word in the return path of a probe, with a check of its own if the list wants one: it is good
 * for this one probe.
 *
 * @param seconds when it is sent, as on its marker
 */
export async function probeWord(
  listDir: string,
  settings: Settings,
  address: string,
  seconds: number,
): Promise<string> {
  if (!settings.bouncecheck) return 'probe'
  return `probe.${bounceCheck(await bounceKeyOf(listDir), `probe ${seconds}`, address)}`
}
