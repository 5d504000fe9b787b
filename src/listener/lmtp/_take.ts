import { asFault, Fault } from '../../base/fault.ts'
import type { ListRecipient } from '../../flows/find-recipient.ts'
import type { House } from '../../flows/house.ts'
import { receive, receiveForAll } from '../../flows/receive.ts'
import { reply, replyOf, type Reply } from './_reply.ts'

/**
 * Stores a mail for every recipient, each list's copy to stay when it is answered for. Two recipients
 * that mean the same mailbox get one mail and two answers (RFC 2033 4.2).
 *
 * @returns one answer for each recipient, in their order; the mail need not be read to its end then.
 */
export async function takeMail(
  house: House,
  recipients: readonly ListRecipient[],
  sender: string,
  mail: AsyncIterable<Uint8Array>,
  stored: (listDir: string) => void,
): Promise<readonly Reply[]> {
  const mailboxes = new Map(recipients.map((recipient) => [keyOf(recipient), recipient]))
  const answers = new Map<string, Reply>()
  const takes = [...mailboxes].map(([key, { listDir, extension }]) => ({
    listDir,
    arrival: { sender, extension },
    done: (result: string | Fault) => {
      answers.set(
        key,
        typeof result === 'string'
          ? reply(250, `2.6.0 stored as ${result.slice(0, 8)}`)
          : replyOf(result),
      )
      if (typeof result === 'string') stored(listDir)
    },
  }))
  const [only] = takes
  let trouble: Fault | undefined
  try {
    if (only !== undefined && takes.length === 1)
      only.done(await receive(house, only.listDir, mail, only.arrival))
    else if (only !== undefined) await receiveForAll(house, takes, mail)
  } catch (thrown) {
    trouble = asFault(thrown)
  }
  const otherwise = () => replyOf(trouble ?? new Fault('bug', 'the mail has no recipient'))
  return recipients.map((recipient) => answers.get(keyOf(recipient)) ?? otherwise())
}

function keyOf({ listDir, extension }: ListRecipient): string {
  return `${listDir}\n${extension}`
}
