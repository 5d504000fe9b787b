import { events } from '../base/events.ts'
import { asFault, Fault } from '../base/fault.ts'
import type { Arrival } from '../message/arrival.ts'
import { refuseToRoot } from '../spool/become-owner.ts'
import { openIntake, storeIncoming } from '../spool/incoming.ts'
import type { MailId } from '../spool/mail-id.ts'
import { isList } from '../spool/settings.ts'
import { noteTaken } from './_intake-pace.ts'
import type { House } from './house.ts'

/**
 * Takes responsibility for a mail: when this returns, it is on disk to stay and will be processed,
 * if not now then by the next worker of the list.
 *
 * @throws Fault noSuchList, spoolFull or spoolTrouble; nothing is kept then.
 */
export async function receive(
  { chance, store = storeIncoming }: Pick<House, 'chance' | 'store'>,
  listDir: string,
  mail: AsyncIterable<Uint8Array>,
  arrival: Arrival,
): Promise<MailId> {
  if (!(await isList(listDir)))
    throw new Fault('noSuchList', `${listDir} is no mailing list: control/listaddress is missing`)
  refuseToRoot(listDir)
  const { id, bytes } = await store(listDir, chance.id(), mail, arrival)
  noteTaken(chance.ticks())
  events.mailReceived(listDir, id, bytes)
  return id
}

/** One of several lists that a mail goes to, and who wants to know what became of it there. */
export interface Take {
  readonly listDir: string
  readonly arrival: Arrival
  done(result: MailId | Fault): void
}

/**
 * As receive(), for a mail that several lists get: it is read once, and what goes wrong in one list
 * is no matter for the others.
 *
 * @throws Fault spoolFull or spoolTrouble when the mail cannot even be read; `done` was not called then.
 */
export async function receiveForAll(
  house: Pick<House, 'chance' | 'store'>,
  takes: readonly Take[],
  mail: AsyncIterable<Uint8Array>,
): Promise<void> {
  await using intake = await openIntake(takes.map(({ listDir }) => listDir))
  for await (const chunk of mail) await intake.write(chunk)
  for (const { listDir, arrival, done } of takes) {
    const result = await receive(house, listDir, intake.content(), arrival).catch(asFault)
    done(result)
  }
}
