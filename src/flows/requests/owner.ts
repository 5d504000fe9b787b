import { bareBytes } from '../../base/bytes.ts'
import { idFrom } from '../../base/hashes.ts'
import { decorate } from '../../compose/decorate.ts'
import { readSettings } from '../../list/tunables.ts'
import { isAddress } from '../../message/address.ts'
import { mailIdOf } from '../../spool/mail-id.ts'
import { queueReply } from '../../spool/replies.ts'
import { logRequest } from './_log.ts'
import type { RequestMail } from './request.ts'

/** Only what every copy loses: the mbox line and Return-Path: (spec mailflow 3.4). */
const untouched = readSettings(
  () => undefined,
  () => undefined,
)

/** Passes a mail on to the owners as it came, a copy for each, from the sender's own envelope. */
export async function owner(mail: RequestMail): Promise<string | undefined> {
  const { list, id, head, original, outgoing } = mail
  // What no MAIL command can hold would keep the mail from the owners.
  const from = isAddress(mail.envelopeFrom ?? '') ? (mail.envelopeFrom ?? '') : ''
  const owners = (list.settings.owner ?? []).map((line) => bareBytes(line)).filter(isAddress)
  if (owners.length === 0) return 'control/owner holds no address such as ann@example.org'
  const chunks = [decorate(head, untouched).head]
  for await (const chunk of original.bytesFrom(head.bodyStart)) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  await logRequest(mail, `mlmmj-process: sending mail from ${from} to owner`)
  for (const to of new Set(owners)) {
    const copy = mailIdOf(idFrom([id, 'owner', to].join('\n')))
    await queueReply(list.dir, { id: copy, from, to, mail: bytes })
    outgoing.push({ kind: 'reply', id: copy })
  }
  return undefined
}
