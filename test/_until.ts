import assert from 'node:assert/strict'

/**
 * Waits until a condition holds, asking again every few milliseconds.
 *
 * @param what said when `ms` milliseconds were not enough.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  ms = 10_000,
  what: () => string = () => 'what was waited for',
): Promise<void> {
  const end = Date.now() + ms
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`after ${ms} ms still not: ${what()}`)
    await pause(10)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
