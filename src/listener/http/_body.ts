import type { IncomingMessage } from 'node:http'
import { Fault } from '../../base/fault.ts'

/**
 * The body of a request as it comes. It ends well only when all of it came: what a client did not
 * send to its end is no mail. Whoever stops reading leaves the connection open for an answer.
 *
 * @throws Fault tooBig as soon as there is more than allowed, busy when the client goes away.
 */
export async function* bodyOf(
  request: IncomingMessage,
  mostBytes: number,
): AsyncGenerator<Uint8Array> {
  const tooBig = () => new Fault('tooBig', `more than ${mostBytes} bytes are not taken`)
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooBig()
  let bytes = 0
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length
    if (bytes > mostBytes) throw tooBig()
    yield chunk
  }
  if (!request.complete) throw gone()
  // The client waits now, and may do so for longer than it may pause.
  request.socket.setTimeout(0)
}

async function* chunksOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Buffer
  } catch (thrown) {
    // Node says so of every connection that ends too early, by us or by the other side.
    if (request.destroyed || request.socket.destroyed) throw gone(thrown)
    throw thrown
  }
}

function gone(cause?: unknown): Fault {
  return new Fault('busy', 'the client went away before the end of what it sent', cause)
}

/** Reads whole bodies, of many requests at a time, into no more than so much memory. */
export function bodyReader(
  mostBytes: number,
  mostAtOnce: number,
): (request: IncomingMessage) => Promise<Buffer> {
  let held = 0
  return async (request) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    try {
      for await (const chunk of bodyOf(request, mostBytes)) {
        bytes += chunk.length
        held += chunk.length
        if (held > mostAtOnce) throw new Fault('busy', 'too many large commands at a time')
        chunks.push(chunk)
      }
      return Buffer.concat(chunks)
    } finally {
      held -= bytes
    }
  }
}
