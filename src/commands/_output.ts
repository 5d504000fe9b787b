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

/** A reader that closes early (`mlmmj-list … | head`) is no fault. */
export function outputTo(stream: Writable & { readonly isTTY?: boolean }): Output {
  let gone = false
  stream.on('error', (thrown) => {
    if (errnoOf(thrown) !== 'EPIPE') throw thrown
    gone = true
  })
  return {
    isTerminal: stream.isTTY === true,
    async write(chunk) {
      if (gone || stream.destroyed) return false
      // The callback comes when the bytes have left, also on an error, unlike 'drain'.
      await new Promise<void>((done) => stream.write(chunk, () => done()))
      return !gone
    },
  }
}
