import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import type { Arrival } from '../message/arrival.ts'
import { storeIncoming } from '../spool/incoming.ts'
import type { MailId } from '../spool/mail-id.ts'
import { isList } from '../spool/settings.ts'
import type { House } from './house.ts'

/**
 * Takes responsibility for a mail: when this returns, it is on disk to stay and will be processed,
 * if not now then by the next worker of the list.
 *
 * @throws Fault noSuchList, spoolFull or spoolTrouble; nothing is kept then.
 */
export async function receive(
  { chance }: House,
  listDir: string,
  mail: AsyncIterable<Uint8Array>,
  arrival: Arrival,
): Promise<MailId> {
  if (!(await isList(listDir)))
    throw new Fault('noSuchList', `${listDir} is no mailing list: control/listaddress is missing`)
  const { id, bytes } = await storeIncoming(listDir, chance.id(), mail, arrival)
  events.mailReceived(listDir, id, bytes)
  return id
}
