import type { Socket } from 'node:net'
import { errnoOf, Fault } from '../src/base/fault.ts'
import type { AnswerReader, Reply } from './_answer-reader.ts'
import { later, type Answer } from './_answer.ts'

/** What the service answers, or why there is no answer. */
export type Outcome = Reply | Answer

/**
 * Lets a reader read what comes over a connection, and tells once how that ended. The connection is
 * then of no use any more.
 */
export function listenTo(
  socket: Socket,
  reader: AnswerReader,
  tell: (outcome: Outcome) => void,
): void {
  let trouble: Error | undefined
  socket.on('data', (bytes: Buffer) => {
    try {
      reader.take(bytes)
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown
      return tell(later('4.3.0', thrown.message))
    }
    if (reader.reply !== undefined) tell(reader.reply)
  })
  socket.on('end', () => {
    reader.end()
    tell(reader.reply ?? unreachable(undefined))
  })
  socket.on('error', (thrown) => (trouble = thrown))
  socket.on('close', () => tell(unreachable(trouble)))
}

/** Why there is no answer; codes as in RFC 3463 3.5. */
export function unreachable(thrown: Error | undefined): Answer {
  const code = errnoOf(thrown)
  const why = code ?? thrown?.message ?? 'it closed the connection without an answer'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return later('4.4.3', `no such host (${why})`)
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === undefined)
    return later('4.4.2', `the connection to the service broke (${why})`)
  return later('4.4.1', `the service cannot be reached (${why})`)
}
