import { unlinkSync } from 'node:fs'
import { lstat, readdir, rm, stat, utimes } from 'node:fs/promises'
import { errnoOf } from '../base/fault.ts'
import { pathOn } from './_layout.ts'
import { createExclusive, diskFault } from './durable.ts'
import { mostMailBytes, readPlain } from './_plain-file.ts'
import { unless } from './_trouble.ts'
import { isMailId, type MailId } from './mail-id.ts'

/** An address is never longer. */
const mostSidecarBytes = 4_096

/** A mail of our own that waits in queue/, with its envelope in the sidecars mlmmj uses. */
export interface QueuedReply {
  readonly id: MailId
  readonly from: string
  readonly to: string
  /** A Reply-To: header to put in front of the stored ones (`.reply-to`, spec spool 1.5.2). */
  readonly replyTo: string | undefined
  readonly mail: Buffer
  /** When it was queued, milliseconds since 1970. */
  readonly since: number
}

/**
 * Puts a mail of ours into queue/, durably. Doing it again with the same id changes nothing, so an
 * interrupted run that is repeated does not answer twice.
 *
 * @throws Fault spoolFull or spoolTrouble.
 */
export async function queueReply(
  listDir: string,
  { id, from, to, mail }: Pick<QueuedReply, 'id' | 'from' | 'to' | 'mail'>,
): Promise<void> {
  await createExclusive(listDir, pathOn(listDir, 'queue', id), mail)
  await createExclusive(listDir, sidecar(listDir, id, 'reciptto'), Buffer.from(to, 'latin1'))
  // mlmmj retries a mail once both sidecars are there; an empty one would block it, so the null
  // reverse-path is written as a line end (spec spool 1.6).
  const sender = Buffer.from(from === '' ? '\n' : from, 'latin1')
  await createExclusive(listDir, sidecar(listDir, id, 'mailfrom'), sender)
}

function sidecar(listDir: string, id: MailId, part: string): string {
  return pathOn(listDir, 'queue', `${id}.${part}`)
}

/**
 * The ids of mails in queue/ that have both sidecars, and for which `isDue` says yes when it is told
 * when they were last tried (milliseconds since 1970).
 */
export async function waitingReplies(
  listDir: string,
  isDue: (triedAt: number) => boolean = () => true,
): Promise<readonly MailId[]> {
  const names = new Set(
    await readdir(pathOn(listDir, 'queue')).catch((thrown: unknown) => {
      throw diskFault(thrown, 'queue')
    }),
  )
  const complete = [...names]
    .filter((name): name is MailId => isMailId(name))
    .filter((id) => names.has(`${id}.mailfrom`) && names.has(`${id}.reciptto`))
  const found: MailId[] = []
  for (const id of complete) {
    const facts = await unless(['ENOENT'], stat(sidecar(listDir, id, 'mailfrom')), undefined)
    if (facts !== undefined && isDue(facts.mtimeMs)) found.push(id)
  }
  return found
}

/** Remembers that this mail was tried now. Its own time stays, because its age decides its end. */
export async function touchReply(listDir: string, id: MailId, now: number): Promise<void> {
  await unless(
    ['ENOENT'],
    utimes(sidecar(listDir, id, 'mailfrom'), now / 1_000, now / 1_000),
    undefined,
  )
}

/** Undefined when it is gone: sent by somebody else. */
export async function readReply(listDir: string, id: MailId): Promise<QueuedReply | undefined> {
  try {
    const path = pathOn(listDir, 'queue', id)
    const [facts, mail, from, to, replyTo] = await Promise.all([
      lstat(path),
      readPlain(path, mostMailBytes, `queue/${id}`),
      firstLineOf(listDir, id, 'mailfrom'),
      firstLineOf(listDir, id, 'reciptto'),
      firstLineOf(listDir, id, 'reply-to'),
    ])
    if (mail === undefined || from === undefined || to === undefined) return undefined
    return { id, from, to, replyTo, mail, since: facts.mtimeMs }
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined
    throw diskFault(thrown, `queue/${id}`)
  }
}

async function firstLineOf(listDir: string, id: MailId, part: string): Promise<string | undefined> {
  const path = sidecar(listDir, id, part)
  const content = await readPlain(path, mostSidecarBytes, `queue/${id}.${part}`)
  const line = content && /^[^\n]*/.exec(content.toString('latin1'))?.[0]
  return line?.replace(/\r+$/, '').replace(/^<>$/, '')
}

/**
 * Takes a mail out of queue/ the moment the relay has it, so that nobody who is killed on the way to
 * dropReply() sends it again. The kernel has it when this returns.
 */
export function settleReply(listDir: string, id: MailId): void {
  try {
    unlinkSync(pathOn(listDir, 'queue', id))
  } catch {
    // dropReply() tries again, and tells.
  }
}

/** Takes a mail that was sent or given up out of queue/, the mail first: sidecars alone send nothing. */
export async function dropReply(listDir: string, id: MailId): Promise<void> {
  try {
    await rm(pathOn(listDir, 'queue', id), { force: true })
    for (const part of ['mailfrom', 'reciptto', 'reply-to'])
      await rm(sidecar(listDir, id, part), { force: true })
  } catch (thrown) {
    throw diskFault(thrown, `queue/${id}`)
  }
}
