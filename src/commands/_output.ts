import type { Writable } from 'node:stream'
import { errnoOf } from '../base/fault.ts'

/** Where a command writes to. */
export interface Output {
  /** True on a terminal, where a person waits. */
  readonly isTerminal: boolean
  /**
   * Returns when more may be written, so that a slow reader slows us down. False when the reader
   * has gone: nobody needs the rest.
   */
  write(chunk: string | Uint8Array): Promise<boolean>
}

type Stream = Writable & { readonly isTTY?: boolean }

/**
 * A reader that closes early (`mlmmj-list … | head`) is no fault.
 *
 * @param open asked when something is written for the first time: Node makes a stream only then.
 */
export function outputTo(open: () => Stream): Output {
  let gone = false
  let opened: Stream | undefined
  const output = () => {
    if (opened !== undefined) return opened
    opened = open()
    opened.on('error', (thrown) => {
      if (errnoOf(thrown) !== 'EPIPE') throw thrown
      gone = true
    })
    return opened
  }
  return {
    get isTerminal() {
      return output().isTTY === true
    },
    async write(chunk) {
      const stream = output()
      if (gone || stream.destroyed) return false
      // The callback comes when the bytes have left, also on an error, unlike 'drain'.
      await new Promise<void>((done) => stream.write(chunk, () => done()))
      return !gone
    },
  }
}
