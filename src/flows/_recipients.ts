import { asciiLower } from '../base/bytes.ts'
import { rosterOf } from '../spool/roster.ts'

/**
 * Everybody in subscribers.d, in batches, without the one who is left out (in any spelling, every
 * occurrence: spec spool 2.3).
 */
export async function* recipientsOf(
  listDir: string,
  omit: string | undefined,
): AsyncGenerator<readonly string[]> {
  const left = omit === undefined ? undefined : asciiLower(omit)
  for await (const batch of rosterOf(listDir).subscribers('normal'))
    yield left === undefined ? batch : batch.filter((address) => asciiLower(address) !== left)
}
