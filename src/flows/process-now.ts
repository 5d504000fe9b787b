import { adoptIncoming } from '../spool/incoming.ts'
import type { MailId } from '../spool/mail-id.ts'
import { deliverOutgoing } from './deliver-outgoing.ts'
import type { House } from './house.ts'
import { processMail } from './process-mail.ts'

/** Processes one mail and delivers what follows from it, while the caller waits. */
export async function processNow(
  house: House,
  listDir: string,
  id: MailId,
  distribute = true,
): Promise<void> {
  const { outgoing } = await processMail(house, listDir, id, distribute)
  await deliverOutgoing(house, listDir, outgoing)
}

/**
 * As `processNow` for a file that somebody names; it is gone from its place afterwards.
 *
 * @throws Fault noSuchFile when it is not there.
 */
export async function processFile(
  house: House,
  listDir: string,
  file: string,
  distribute = true,
): Promise<void> {
  const id = await adoptIncoming(listDir, file, () => house.chance.id())
  await processNow(house, listDir, id, distribute)
}
