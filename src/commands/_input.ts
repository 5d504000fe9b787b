import { readSync } from 'node:fs'
import { errnoOf } from '../base/fault.ts'

const chunkBytes = 65_536

/**
 * Standard input, for a program that has nothing to do meanwhile: read without a stream, which takes
 * longer to make than a mail to store. What somebody made non-blocking is read as the stream.
 */
export async function* inputFrom(
  stream: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(chunkBytes)
    const size = sizeRead(chunk)
    if (size === 0) return
    if (size === undefined) return yield* stream()
    yield chunk.subarray(0, size)
  }
}

/** Undefined when reading would have to wait in a way that a file descriptor cannot. */
function sizeRead(chunk: Buffer): number | undefined {
  try {
    return readSync(0, chunk)
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EAGAIN') throw thrown
    return undefined
  }
}
