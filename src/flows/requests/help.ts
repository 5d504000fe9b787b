import { answerWithText } from './_answer.ts'
import type { RequestMail } from './request.ts'

export async function help(mail: RequestMail): Promise<string | undefined> {
  return await answerWithText(mail, 'help')
}
