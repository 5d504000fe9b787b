import type { FastifyInstance } from 'fastify'
import { asFault } from '../../base/fault.ts'
import { events } from '../../base/events.ts'
import { refuse } from './_answer.ts'

/** Anybody may ask, so the answer is found once a second at the most. */
const freshMs = 1_000
/** Who watches over us would not wait longer. */
const patienceMs = 3_000

/** `/health/live`: the process answers. `/health/ready`: it can also do its work. */
export function healthRoutes(app: FastifyInstance, ready: () => Promise<readonly string[]>): void {
  const ask = shared(() => inTime(ready))
  app.get('/health/live', async () => ({ live: true }))
  app.get('/health/ready', async (_, reply) => {
    const reasons = await ask()
    if (reasons.length === 0) return { ready: true }
    return await refuse(
      reply,
      { http: 503, status: '4.3.2', message: reasons.join('; ') },
      { ready: false, reasons },
    )
  })
}

async function inTime(ready: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve(['the checks take too long']), patienceMs)
  })
  try {
    return await Promise.race([ready(), late])
  } catch (thrown) {
    events.commandFailed('http', asFault(thrown))
    return ['the checks failed; the log has more']
  } finally {
    clearTimeout(timer)
  }
}

/** Callers that come while an answer is sought, or shortly after, get the same. */
function shared<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let answer: Promise<Value> | undefined
  let asked = 0
  return () => {
    const now = performance.now()
    if (answer === undefined || now - asked > freshMs) {
      answer = ask()
      asked = now
    }
    return answer
  }
}
