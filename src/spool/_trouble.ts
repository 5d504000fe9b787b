import { asFault, errnoOf, Fault, isFault } from '../base/fault.ts'

/**
 * What failed on disk as a Fault: spoolFull when there is no room, spoolTrouble for any other word
 * of the operating system. Faults pass through; whatever else was thrown is a bug.
 *
 * @param what the file or directory as a person knows it, such as `queue/0123` (shownPath)
 */
export function diskFault(thrown: unknown, what: string): Fault {
  const word = errnoOf(thrown)
  if (isFault(thrown) || word === undefined) return asFault(thrown)
  if (word === 'ENOSPC' || word === 'EDQUOT')
    return new Fault('spoolFull', `there is no room for ${what} (${word})`, thrown)
  return new Fault('spoolTrouble', `${what} cannot be used now (${word})`, thrown)
}

/** Waits, and answers `instead` for the errors that are no trouble; rethrows every other. */
export async function unless<Value, Instead>(
  words: readonly string[],
  action: Promise<Value>,
  instead: Instead,
): Promise<Value | Instead> {
  try {
    return await action
  } catch (thrown) {
    if (words.includes(errnoOf(thrown) ?? '')) return instead
    throw thrown
  }
}

/** Waits until all of them have ended, and then throws what the first of them threw. */
export async function allOf(deeds: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(deeds)
  await Promise.all(deeds)
}
