import fc from 'fast-check'
import { target } from './_target.ts'

/*
 * Targets that are wrong on purpose, so that a test can see whether the fuzzer would notice. They are
 * played only when they are named.
 */

const numbers = fc.nat()

export const broken = [
  target('broken: throws', numbers, () => ({
    attempt(value) {
      if (value % 3 === 0) throw new TypeError('this is not read well')
    },
  })),
  target(
    'broken: slow',
    numbers,
    () => ({ attempt: () => new Promise((r) => setTimeout(r, 300)) }),
    100,
  ),
  target('broken: hangs', numbers, () => ({
    attempt() {
      for (let spin = 1; spin > 0;) spin = spin === 1 ? 2 : 1
    },
  })),
  target('broken: eats memory', numbers, () => {
    const kept: unknown[] = []
    return {
      attempt() {
        for (;;) kept.push(new Array(100_000).fill(kept.length))
      },
    }
  }),
]
