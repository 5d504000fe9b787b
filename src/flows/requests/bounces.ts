import { takeBounce } from '../take-bounce.ts'
import type { RequestMail } from './request.ts'

/** A mail that came back (spec mailflow 7.1). */
export async function bounces(mail: RequestMail): Promise<string | undefined> {
  const { house, list, argument, head, envelopeFrom, original } = mail
  const read = async () => {
    const chunks: Buffer[] = []
    for await (const chunk of original.bytesFrom(0)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  await takeBounce(house, list, argument, { head, envelopeFrom, read })
  return undefined
}
