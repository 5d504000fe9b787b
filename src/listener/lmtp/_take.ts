import type { SMTPServerDataStream } from 'smtp-server'
import { asFault, Fault } from '../../base/fault.ts'
import type { ListRecipient } from '../../flows/find-recipient.ts'
import type { House } from '../../flows/house.ts'
import { receive, receiveForAll } from '../../flows/receive.ts'
import { replyOf, type Refusal } from './_reply.ts'

/** What became of a mail for one list: the text of a 250, or a refusal. */
export type Answer = string | Refusal

/** A mail as it comes in, which tells at its end at the latest whether it is too large. */
export interface Incoming extends AsyncIterable<Uint8Array> {
  readonly sizeExceeded: boolean
}

/** A mail as smtp-server hands it over. Who stops reading leaves the rest for others to read. */
export function incomingOf(stream: SMTPServerDataStream): Incoming {
  return {
    get sizeExceeded() {
      return stream.sizeExceeded
    },
    [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }),
  }
}

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
  mail: Incoming,
  stored: (listDir: string) => void,
): Promise<readonly Answer[]> {
  const mailboxes = new Map(recipients.map((recipient) => [keyOf(recipient), recipient]))
  const answers = new Map<string, Answer>()
  const takes = [...mailboxes].map(([key, { listDir, extension }]) => ({
    listDir,
    arrival: { sender, extension },
    done: (result: string | Fault) => {
      if (typeof result === 'string') stored(listDir)
      answers.set(
        key,
        typeof result === 'string' ? `2.6.0 stored as ${result.slice(0, 8)}` : replyOf(result),
      )
    },
  }))
  const [only] = takes
  const content = notTooBig(mail)
  let trouble: Fault | undefined
  try {
    if (only !== undefined && takes.length === 1)
      only.done(await receive(house, only.listDir, content, only.arrival))
    else if (only !== undefined) await receiveForAll(house, takes, content)
  } catch (thrown) {
    trouble = asFault(thrown)
  }
  const otherwise = () => replyOf(trouble ?? new Fault('bug', 'the mail has no recipient'))
  return recipients.map((recipient) => answers.get(keyOf(recipient)) ?? otherwise())
}

function keyOf({ listDir, extension }: ListRecipient): string {
  return `${listDir}\n${extension}`
}

/** Nothing of a mail that is too large is kept. @throws Fault tooBig */
async function* notTooBig(mail: Incoming): AsyncGenerator<Uint8Array> {
  for await (const chunk of mail) {
    if (mail.sizeExceeded) throw new Fault('tooBig', 'the mail is too large')
    yield chunk
  }
  if (mail.sizeExceeded) throw new Fault('tooBig', 'the mail is too large')
}
