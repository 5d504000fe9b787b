import type { Output } from './_output.ts'

/** Somebody, or a prepared file, that answers line by line. */
export interface Asker {
  /** The answer without blanks around it; the fallback when it is empty or nobody answers. */
  ask(question: string, fallback: string): Promise<string>
  /** False only for an answer that is neither `y` nor `yes`; nobody to answer agrees. */
  agrees(question: string): Promise<boolean>
  /** Must be called at the end, or the process would wait for more answers. */
  close(): Promise<void>
}

/** Asks on `output` and takes the answers from `input`; after its end every answer is the fallback. */
export function askerOn(input: AsyncIterable<Uint8Array>, output: Output): Asker {
  const chunks = input[Symbol.asyncIterator]()
  let held = Buffer.alloc(0)

  async function line(): Promise<string | undefined> {
    for (;;) {
      const end = held.indexOf('\n')
      if (end >= 0) return taken(end, end + 1)
      const { done, value } = await chunks.next()
      if (done === true) return held.length > 0 ? taken(held.length, held.length) : undefined
      held = Buffer.concat([held, value])
    }
  }

  function taken(end: number, next: number): string {
    const text = held.toString('utf8', 0, end).trim()
    held = held.subarray(next)
    return text
  }

  return {
    async ask(question, fallback) {
      await output.write(`${question} [${fallback}]: `)
      return (await line()) || fallback
    },
    async agrees(question) {
      await output.write(`${question} [y/N]: `)
      const answer = await line()
      return answer === undefined || /^y(es)?$/i.test(answer)
    },
    async close() {
      await chunks.return?.()
    },
  }
}
