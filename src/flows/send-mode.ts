import { bareBytes } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import { isAddress, parseAddress } from '../message/address.ts'
import { dropMailFile, findMailFile, linesOfFile, numberOfMailFile } from '../spool/mail-file.ts'
import { mailIdOf } from '../spool/mail-id.ts'
import { addRemaining } from '../spool/requeue.ts'
import { queueReply } from '../spool/replies.ts'
import { readMail } from '../spool/requeue.ts'
import { deliverOutgoing } from './deliver-outgoing.ts'
import { deliverPost } from './deliver-post.ts'
import { sendDigestFile } from './digest.ts'
import type { House } from './house.ts'
import { openList } from './open-list.ts'
import type { Outgoing } from './outgoing.ts'
import type { OpenList } from './reply-request.ts'
import { returnPathsOf } from './return-paths.ts'

/** What `mlmmj-send -l` was told (spec spool 4.4). Addresses are byte strings. */
export interface SendOrder {
  readonly mode: string
  readonly mail: string
  readonly from: string | undefined
  readonly to: string | undefined
  readonly replyTo: string | undefined
  /** File with recipients, one on each line. */
  readonly recipients: string | undefined
  /** Leave the mail file where it is. */
  readonly keep: boolean
}

/**
 * Sends a mail file in one of mlmmj-send's special modes. What the relay does not take now waits in
 * queue/ or requeue/ like any other mail; mlmmj loses it in modes 2, 4 and 7.
 *
 * @returns how many recipients still wait.
 * @throws Fault badUsage when the mode is not known or lacks an option.
 */
export async function sendInMode(house: House, listDir: string, order: SendOrder): Promise<number> {
  const list = await openList(listDir)
  const file = await findMailFile(listDir, order.mail)
  switch (order.mode.slice(0, 1)) {
    case '1':
    case '5':
      return await sendSingles(house, list, file, order, [needed(order.to, '-T')])
    case '2':
      return await sendSingles(house, list, file, order, list.settings.moderators ?? [])
    case '4': {
      const recipients = await linesOfFile(needed(order.recipients, '-s'))
      return await sendSingles(house, list, file, order, recipients)
    }
    case '3':
      return await resend(house, list, file, needed(order.recipients, '-s'))
    case '6': {
      const to = needed(order.to, '-T')
      const number = numberOfMailFile(file) ?? 0
      const from = (await returnPathsOf(listDir, list.settings))(number, to)
      return await sendSingles(house, list, file, { ...order, from, keep: true }, [to])
    }
    case '7':
      return (await sendDigestFile(house, listDir, order.mail)).left
    default:
      throw new Fault('badUsage', `-l ${order.mode} is not known; it is a number from 1 to 7`)
  }
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined) throw new Fault('badUsage', `this mode needs ${option}`)
  return value
}

async function sendSingles(
  house: House,
  { dir }: OpenList,
  file: string,
  { from, replyTo, keep }: SendOrder,
  recipients: readonly string[],
): Promise<number> {
  const sender = needed(from, '-F').replace(/^<>$/, '')
  if (sender !== '') parseAddress(sender)
  const mail = await readMail(file)
  const bytes =
    replyTo === undefined
      ? mail
      : Buffer.concat([Buffer.from(`Reply-To: ${parseAddress(replyTo)}\n`, 'latin1'), mail])
  const outgoing: Outgoing[] = []
  for (const to of new Set(recipients.map((line) => bareBytes(line)).filter(isAddress))) {
    const id = mailIdOf(house.chance.id())
    await queueReply(dir, { id, from: sender, to, mail: bytes })
    outgoing.push({ kind: 'reply', id })
  }
  if (!keep) await dropMailFile(file)
  return await deliverOutgoing(house, dir, outgoing)
}

/** Mode 3: some people get post N (again). They are put where all who wait for it stand. */
async function resend(
  house: House,
  { dir }: OpenList,
  file: string,
  recipients: string,
): Promise<number> {
  const number = numberOfMailFile(file)
  if (number === undefined)
    throw new Fault('badUsage', `${file} has no number; name archive/N or requeue/N/mailfile`)
  await addRemaining(dir, number, file, recipients)
  return (await deliverPost(house, dir, number)).left
}
