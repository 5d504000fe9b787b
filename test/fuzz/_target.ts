import fc from 'fast-check'

/** Something that hostile input reaches, ready for cases. */
export interface Opened<Value> {
  /** @throws when the case shows that something is wrong; Faults must be caught by the target. */
  attempt(value: Value): void | Promise<void>
  close?(): Promise<void>
}

export interface Target {
  readonly name: string
  /** What a case may take, on a slow machine that others use too (milliseconds). */
  readonly deadlineMs: number
  open(seed: number): Promise<Cases>
}

/** The cases of a target, one after the other; the same for the same seed. */
export interface Cases {
  next(): Promise<{ readonly ms: number; readonly finding: string | undefined }>
  close(): Promise<void>
}

const batch = 20

/** A target by what its cases are and what is done with each. */
export function target<Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  open: () => Promise<Opened<Value>> | Opened<Value>,
  deadlineMs = 5_000,
): Target {
  return {
    name,
    deadlineMs,
    async open(seed) {
      const opened = await open()
      let taken = 0
      let waiting: Value[] = []
      return {
        async next() {
          if (waiting.length === 0)
            waiting = fc.sample(values, { seed: seed + taken++, numRuns: batch }).reverse()
          const value = waiting.pop() as Value
          const began = performance.now()
          let finding: string | undefined
          try {
            await opened.attempt(value)
          } catch (thrown) {
            finding = `${told(thrown)}\n  with ${shown(value)}`
          }
          const ms = performance.now() - began
          if (ms > deadlineMs) finding ??= `took ${Math.round(ms)} ms\n  with ${shown(value)}`
          return { ms, finding }
        },
        close: async () => await opened.close?.(),
      }
    },
  }
}

function told(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  // Of the way there the first steps say enough.
  return `${thrown.message.slice(0, 500)}\n${(thrown.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 4)
    .join('\n')}`
}

/** As a person can put it into a test. */
function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    isBuffer(part) ? `latin1:${Buffer.from(part.data).toString('latin1')}` : part,
  )
  const short = text.replace(/(.{1,3}?)\1{20,}/g, '$1…')
  return short.length > 1_500 ? `${short.slice(0, 1_500)}… (${text.length} characters)` : short
}

function isBuffer(part: unknown): part is { readonly data: readonly number[] } {
  return typeof part === 'object' && part !== null && 'type' in part && part.type === 'Buffer'
}
