import { answerWithText } from './_answer.ts'
import type { RequestMail } from './request.ts'

export async function faq(mail: RequestMail): Promise<string | undefined> {
  return await answerWithText(mail, 'faq')
}
