import { open, readdir, realpath, rm, stat, type FileHandle } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { errnoOf, Fault } from '../base/fault.ts'
import type { Arrival } from '../message/arrival.ts'
import { envelopeName, envelopePath, keepEnvelope } from './_envelopes.ts'
import { pathOn } from './_layout.ts'
import { draftPath, ensurePrivate } from './_private-directory.ts'
import { diskFault, openDraft, syncDirectory } from './durable.ts'
import { allOf } from './_trouble.ts'
import { isMailId, mailIdOf, type MailId } from './mail-id.ts'

export { arrivalOf } from './_envelopes.ts'

/** As storeIncoming(). */
export type StoreIncoming = (
  listDir: string,
  id: string,
  mail: AsyncIterable<Uint8Array>,
  arrival?: Arrival,
) => Promise<{ readonly id: MailId; readonly bytes: number }>

/**
 * Takes responsibility for a mail: when this returns, it is on disk to stay, in incoming/. The
 * bytes are stored as they come.
 *
 * @returns the mail's id and its size in bytes.
 * @throws Fault spoolFull or spoolTrouble; then nothing is left behind.
 */
export async function storeIncoming(
  listDir: string,
  id: string,
  mail: AsyncIterable<Uint8Array>,
  arrival: Arrival = { sender: undefined, extension: undefined },
): Promise<{ id: MailId; bytes: number }> {
  const made = mailIdOf(id)
  const path = pathOn(listDir, 'incoming', made)
  const undo: string[] = []
  // Before the mail has its name: whoever finds a mail finds its envelope too.
  const envelope = keepEnvelope(listDir, made, arrival).then((paths) => undo.push(...paths))
  // It may fail while the mail is still coming; that is told when the mail has come.
  envelope.catch(() => undefined)
  try {
    await using draft = await openDraft(listDir)
    let bytes = 0
    for await (const chunk of mail) {
      bytes += chunk.length
      await draft.write(chunk)
    }
    await allOf([draft.settle(), envelope])
    await draft.link(path)
    undo.unshift(path)
    await allOf([syncDirectory(pathOn(listDir, 'incoming')), draft[Symbol.asyncDispose]()])
    return { id: made, bytes }
  } catch (thrown) {
    // Nobody was told that we have it, so it may come again: it must not come twice.
    await Promise.allSettled([envelope])
    for (const name of undo) await rm(name, { force: true }).catch(() => undefined)
    throw thrown
  }
}

/** A mail that is on its way to several lists: taken once, then stored in each of them. */
export interface Intake {
  write(chunk: Uint8Array): Promise<void>
  /** The whole mail, from its beginning; may be read again. */
  content(): AsyncIterable<Uint8Array>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Begins a mail in a file without a name, which is gone with this process at the latest. It lies in
 * the first of the lists that can be written: one that cannot shall not stop mail for the others.
 *
 * @throws Fault spoolFull or spoolTrouble when none of them can.
 */
export async function openIntake(listDirs: readonly string[]): Promise<Intake> {
  let trouble: unknown
  for (const listDir of listDirs) {
    try {
      await ensurePrivate(listDir)
      const path = draftPath(listDir)
      const file = await open(path, 'wx+', 0o600)
      await rm(path)
      return intakeIn(file)
    } catch (thrown) {
      trouble ??= thrown
    }
  }
  throw diskFault(trouble, 'a draft')
}

function intakeIn(file: FileHandle): Intake {
  return {
    write: (chunk) =>
      file.appendFile(chunk).catch((thrown: unknown) => {
        throw diskFault(thrown, 'a draft')
      }),
    content: () => file.createReadStream({ start: 0, autoClose: false }),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

/**
 * The id of a mail file that a caller named. A file from elsewhere is taken into incoming/ first
 * and then removed where it was, as mlmmj-process removes the file it is given.
 *
 * @throws Fault noSuchFile when it is not there.
 */
export async function adoptIncoming(
  listDir: string,
  file: string,
  freshId: () => string,
): Promise<MailId> {
  try {
    const path = await realpath(resolve(file))
    const name = basename(path)
    const home = await realpath(pathOn(listDir, 'incoming'))
    if (dirname(path) === home && isMailId(name)) return name
    if (!(await stat(path)).isFile()) throw new Fault('noSuchFile', `${file} is no regular file`)
    const { id } = await storeIncoming(listDir, freshId(), createReadStream(path))
    await rm(path)
    return id
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT')
      throw new Fault('noSuchFile', `the mail file ${file} does not exist`, thrown)
    throw thrown
  }
}

/** A mail in incoming/. */
export interface Waiting {
  readonly id: MailId
  /** Milliseconds, by the clock that was given. */
  readonly age: number
  /** An envelope beside it says that we stored it; without one, so may have mlmmj. */
  readonly hasEnvelope: boolean
}

/** The mails in incoming/, oldest first. */
export async function waitingIncoming(listDir: string, now: number): Promise<readonly Waiting[]> {
  const found: Waiting[] = []
  const names = new Set(await readdir(pathOn(listDir, 'incoming')))
  for (const name of names) {
    if (!isMailId(name)) continue
    const facts = await stat(pathOn(listDir, 'incoming', name)).catch(orGone)
    const hasEnvelope = names.has(envelopeName(name))
    if (facts?.isFile()) found.push({ id: name, age: now - facts.mtimeMs, hasEnvelope })
  }
  return found.sort((one, other) => other.age - one.age)
}

/** Ends our responsibility for the mail as it came; done before its prepared copy is taken away. */
export async function dropIncoming(listDir: string, id: MailId): Promise<void> {
  await rm(pathOn(listDir, 'incoming', id), { force: true })
  await syncDirectory(pathOn(listDir, 'incoming'))
  await rm(envelopePath(listDir, id), { force: true })
}

function orGone(thrown: unknown): undefined {
  if (errnoOf(thrown) === 'ENOENT') return undefined
  throw new Fault(
    'spoolTrouble',
    `incoming cannot be read (${errnoOf(thrown) ?? 'unknown'})`,
    thrown,
  )
}
