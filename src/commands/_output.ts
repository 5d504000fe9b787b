import { writeSync } from 'node:fs'
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
 * A reader that closes early (`mlmmj-list … | head`) is no fault. Bytes go straight to the file
 * descriptor, as Node takes a while to make a stream; a stream gets what the descriptor does not take,
 * because somebody made it non-blocking or the disk is full.
 *
 * @param open asked for the stream when it is needed for the first time.
 */
export function outputTo(fd: number, open: () => Stream): Output {
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
      if (gone) return false
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      const left = opened === undefined ? notWritten(fd, bytes) : bytes
      if (left === 'gone') gone = true
      else if (left.length > 0) {
        const stream = output()
        if (stream.destroyed) return false
        // The callback comes when the bytes have left, also on an error, unlike 'drain'.
        await new Promise<void>((done) => stream.write(left, () => done()))
      }
      return !gone
    },
  }
}

/** What is left when a file descriptor takes no more; `gone` when nobody reads it. */
function notWritten(fd: number, bytes: Uint8Array): Uint8Array | 'gone' {
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written)
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown
    if (errnoOf(thrown) === 'EPIPE') return 'gone'
  }
  return bytes.subarray(written)
}
