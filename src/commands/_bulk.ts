import { open } from 'node:fs/promises'
import { textFromBytes } from '../base/bytes.ts'
import { errnoOf, Fault } from '../base/fault.ts'
import { changeMany, type Bulk } from '../flows/change-many.ts'
import type { OpenList, Replies } from '../flows/reply-request.ts'
import type { Context } from './_context.ts'

/** No address is longer, so what is behind it need not be remembered to say so. */
const longestLine = 4_096

/** Bytes of a file that somebody names; `-` is standard input. */
export interface Source {
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
}

/**
 * Opened before root becomes the list's owner, who may not read it.
 *
 * @throws Fault noSuchFile
 */
export async function openSource(file: string, stdin: Source['bytes']): Promise<Source> {
  if (file === '-') return { name: 'standard input', bytes: stdin }
  try {
    return { name: file, bytes: (await open(file)).createReadStream() }
  } catch (thrown) {
    throw unreadable(file, thrown)
  }
}

function unreadable(name: string, thrown: unknown): unknown {
  const errno = errnoOf(thrown)
  return errno === undefined
    ? thrown
    : new Fault('noSuchFile', `${name} cannot be read (${errno})`, thrown)
}

/**
 * `--file`: does to a list what the file says, line by line, and tells on stderr which lines were
 * rejected and how it went. Everything else is done, whatever is rejected.
 *
 * @throws Fault badAddress at the end when a line was rejected
 */
export async function runBulk(
  list: OpenList,
  bulk: Bulk,
  source: Source,
  replies: Replies | undefined,
  { stderr }: Pick<Context, 'stderr'>,
): Promise<void> {
  const { changed, unchanged, rejected } = await changeMany(
    list,
    bulk,
    textLines(source),
    {
      async rejected(line, text, why) {
        const shown = JSON.stringify(textFromBytes(text.slice(0, 80)))
        await stderr.write(`line ${line}: ${shown} ${why}\n`)
      },
      async progress(addresses) {
        if (stderr.isTerminal) await stderr.write(`${addresses} addresses so far …\r`)
      },
    },
    replies,
  )
  const [done, idle] =
    bulk.do === 'sub' ? ['subscribed', 'subscribed before'] : ['unsubscribed', 'not subscribed']
  await stderr.write(`${done}: ${changed}, ${idle}: ${unchanged}, rejected: ${rejected}\n`)
  if (rejected > 0)
    throw new Fault('badAddress', `lines without an address that can be ${done}: ${rejected}`)
}

/** Lines as byte strings, without their ends; one that is far too long is cut. */
export async function* textLines({ name, bytes }: Source): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of bytes) {
      const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n')
      rest = lines.pop()?.slice(0, longestLine) ?? ''
      yield* lines
    }
  } catch (thrown) {
    throw unreadable(name, thrown)
  }
  if (rest !== '') yield rest
}
