import { release } from './release.ts'
import type { RequestMail } from './request.ts'

/** What release was called before mlmmj 1.3. */
export async function moderate(mail: RequestMail): Promise<string | undefined> {
  return await release(mail)
}
