import { idFrom } from '../base/hashes.ts'
import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import { renderMail, type Stamp } from '../compose/text/render-mail.ts'
import { addressBelow } from '../list/identity.ts'
import { textNames } from '../list/text-names.ts'
import { isAddress } from '../message/address.ts'
import { mailIdOf, type MailId } from '../spool/mail-id.ts'
import { queueReply } from '../spool/replies.ts'
import { findText, textSources } from '../spool/texts.ts'
import type { House } from './house.ts'
import type { OpenList, ReplyRequest } from './reply-request.ts'

/**
 * Writes a mail from a list text and puts one copy for each recipient into queue/, durably. Nothing
 * is sent yet.
 *
 * @param seed what the mail follows from; the same seed makes the same ids, so a repeated run does
 *   not answer twice.
 * @throws Fault badSettings when no text of this name can be found; faults of the spool.
 */
export async function queueMail(
  house: House,
  { dir, identity }: OpenList,
  request: ReplyRequest,
  seed: string,
): Promise<readonly MailId[]> {
  const recipients = request.recipients.filter(isAddress)
  if (recipients.length === 0) return []
  const names = textNames(request)
  const found = findText(dir, house, names)
  if (found === undefined)
    throw new Fault('badSettings', `no list text ${names[0] ?? ''} was found, in text/ or in ours`)
  const { mail, warnings } = renderMail(found.source, {
    request,
    identity,
    from: addressBelow(identity, request.from),
    to: request.to,
    ...(request.replyTo === undefined ? {} : { replyTo: addressBelow(identity, request.replyTo) }),
    values: request.values,
    lists: request.lists,
    original: request.original && { [Symbol.iterator]: () => linesOf(request.original) },
    sources: textSources(dir),
    stamp: stampOf(house),
  })
  for (const why of warnings) events.settingIgnored(dir, `list text ${found.name}`, why)
  const ids: MailId[] = []
  for (const to of recipients) {
    const id = mailIdOf(idFrom([seed, found.name, request.reason ?? '', to].join('\n')))
    const from = addressBelow(identity, request.mailFrom)
    await queueReply(dir, { id, from, to, mail })
    events.replyQueued(dir, id, found.name, to)
    ids.push(id)
  }
  return ids
}

function stampOf({ chance, zoneMinutes }: House): Stamp {
  const epochMs = chance.now()
  const randoms = Array.from({ length: 6 }, () => chance.id())
  return {
    epochMs,
    zoneMinutes: zoneMinutes(epochMs),
    pid: process.pid,
    random: chance.id().slice(0, 8),
    randoms,
  }
}

/** The lines of a mail as byte strings with their line ends, one at a time. */
function* linesOf(mail: Buffer = Buffer.alloc(0)): Generator<string> {
  for (let start = 0; start < mail.length;) {
    const found = mail.indexOf(0x0a, start)
    const end = found < 0 ? mail.length : found + 1
    yield mail.toString('latin1', start, end)
    start = end
  }
}
