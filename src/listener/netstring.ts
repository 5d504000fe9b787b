import { Fault } from '../base/fault.ts'

/** What socketmap_table(5) allows for one string, without its length and comma. */
export const mostBytes = 100_000

/** Takes netstrings out of the bytes of a connection, however they are cut into chunks. */
export interface NetstringReader {
  /** True while a string has begun and is not complete. */
  readonly pending: boolean
  /**
   * The strings that are complete with this chunk.
   *
   * @throws Fault badUsage when the bytes are no netstring, or one that is too long
   */
  take(chunk: Buffer): readonly string[]
}

export function netstringReader(most = mostBytes): NetstringReader {
  let rest = Buffer.alloc(0)
  /** What came since, put together only when there is enough: no quadratic copying. */
  let chunks: Buffer[] = []
  let size = 0
  /** Bytes that are needed before looking again is of use. */
  let wanted = 1

  function next(): string | undefined {
    const head = rest.toString('latin1', 0, String(most).length + 1)
    const [, digits = '', colon = ''] = /^(0|[1-9][0-9]*)(:?)/.exec(head) ?? []
    if (digits + colon === '' && head !== '') throw new Fault('badUsage', 'this is no netstring')
    if (Number(digits) > most) throw new Fault('badUsage', `a request may have ${most} bytes`)
    if (digits === head) return undefined
    if (colon === '') throw new Fault('badUsage', 'this is no netstring')
    const from = digits.length + 1
    const to = from + Number(digits)
    wanted = to + 1
    if (rest.length < wanted) return undefined
    if (rest[to] !== 0x2c) throw new Fault('badUsage', 'this netstring does not end with a comma')
    const text = rest.toString('latin1', from, to)
    rest = rest.subarray(wanted)
    wanted = 1
    return text
  }

  return {
    get pending() {
      return rest.length + size > 0
    },
    take(chunk) {
      chunks.push(chunk)
      size += chunk.length
      if (rest.length + size < wanted) return []
      rest = Buffer.concat([rest, ...chunks])
      chunks = []
      size = 0
      const found: string[] = []
      for (let text = next(); text !== undefined; text = next()) found.push(text)
      return found
    },
  }
}

export function netstring(text: string): Buffer {
  return Buffer.from(`${text.length}:${text},`, 'latin1')
}
