import type { Arrival } from '../message/arrival.ts'
import { pathOn } from './_layout.ts'
import { readPlain } from './_plain-file.ts'
import { Together } from './_together.ts'
import { createNamed } from './durable.ts'
import type { MailId } from './mail-id.ts'

interface Noted {
  readonly listDir: string
  readonly id: MailId
  readonly arrival: Arrival
}

const unknownArrival: Arrival = { sender: undefined, extension: undefined }
/** Two addresses for each mail that shares it. */
const mostBytes = 16_777_216

/**
 * A file costs more than its few bytes: mails that come at the same time share one, with a name for
 * each of them, and find their own part by their id.
 */
const together = new Together<Noted>(async (notes) => {
  const [first, ...others] = notes
  if (first === undefined) return
  const { listDir } = first
  const content =
    notes.length === 1
      ? first.arrival
      : Object.fromEntries(notes.map(({ id, arrival }) => [id, arrival]))
  const pathOf = ({ id }: Noted) => envelopePath(listDir, id)
  await createNamed(
    listDir,
    [pathOf(first), ...others.map(pathOf)],
    Buffer.from(JSON.stringify(content), 'latin1'),
  )
}, true)

export function envelopePath(listDir: string, id: MailId): string {
  return pathOn(listDir, 'incoming', envelopeName(id))
}

export function envelopeName(id: MailId): string {
  return `${id}.envelope`
}

/**
 * Keeps what the bringer of a mail knew. Its content is on disk when this returns; its name is when
 * incoming/ has been synced after that, which the mail asks for anyway.
 *
 * @returns the files it made: none when nothing is known.
 * @throws Fault spoolTrouble or spoolFull
 */
export async function keepEnvelope(
  listDir: string,
  id: MailId,
  arrival: Arrival,
): Promise<readonly string[]> {
  if (arrival.sender === undefined && arrival.extension === undefined) return []
  await together.at(listDir, { listDir, id, arrival })
  return [envelopePath(listDir, id)]
}

/** What was kept when the mail was stored; nothing for a mail that another program put there. */
export async function arrivalOf(listDir: string, id: MailId): Promise<Arrival> {
  const shown = `incoming/${id}.envelope`
  const bytes = await readPlain(envelopePath(listDir, id), mostBytes, shown)
  try {
    const kept: unknown = JSON.parse(bytes?.toString('latin1') ?? '{}')
    const own = valueIn(kept, id) ?? kept
    return { sender: textIn(own, 'sender'), extension: textIn(own, 'extension') }
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return unknownArrival
    throw thrown
  }
}

function textIn(kept: unknown, key: string): string | undefined {
  const value = valueIn(kept, key)
  return typeof value === 'string' ? value : undefined
}

function valueIn(kept: unknown, key: string): unknown {
  if (typeof kept !== 'object' || kept === null) return undefined
  return Object.getOwnPropertyDescriptor(kept, key)?.value
}
