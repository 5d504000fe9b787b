import { events } from '../base/events.ts'
import { commitPost } from '../spool/post-commit.ts'
import { dropMailFile, findMailFile } from '../spool/mail-file.ts'
import { settingsOf } from '../spool/settings.ts'
import { deliverPost, type DeliveryReport } from './deliver-post.ts'
import type { House } from './house.ts'
import { recipientsOf } from './_recipients.ts'

/** How `mlmmj-send` differs from a post that takes its usual way. */
export interface SendOptions {
  readonly archive: boolean
  /** Leave the mail file where it is; only when it is not archived, as in mlmmj. */
  readonly keep: boolean
  readonly omit: string | undefined
}

/**
 * Sends a prepared mail file to every subscriber as the list's next post (mlmmj-send without -l).
 *
 * @param file a path, relative to the working directory or else to the list.
 * @throws Fault noSuchFile when it is not there; faults of the spool.
 */
export async function sendPost(
  house: House,
  listDir: string,
  file: string,
  { archive, keep, omit }: SendOptions,
): Promise<DeliveryReport> {
  const source = await findMailFile(listDir, file)
  const settings = await settingsOf(listDir)
  const archiving = archive && !settings.noarchive
  const { number, recipients } = await commitPost(listDir, source, archiving, () =>
    recipientsOf(listDir, omit),
  )
  if (archiving || !keep) await dropMailFile(source)
  events.postAccepted(listDir, source.slice(-16), number, recipients)
  return await deliverPost(house, listDir, number)
}
