import { readdir, stat } from 'node:fs/promises'
import { pathOn } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'
import { archivedNumbers, newestPost } from './archive.ts'
import { isMailId } from './mail-id.ts'

/** A crash is found by the next run, so the second link cannot be far behind the newest post. */
const newestPosts = 1_000
/** One behind another, since the crash. */
const likelyPosts = 20

/**
 * Whether a mail file stands on the shelf it was meant for too: among the held posts, in the archive,
 * or in requeue/. A second link alone does not say so, because backups make such links as well.
 */
export async function isCommitted(listDir: string, path: string): Promise<boolean> {
  try {
    const own = await unless(['ENOENT'], stat(path), undefined)
    if (own === undefined || own.nlink < 2) return false
    const isSame = async (other: string) => {
      const found = await unless(['ENOENT', 'ENOTDIR'], stat(other), undefined)
      return other !== path && found?.ino === own.ino && found.dev === own.dev
    }
    for await (const place of places(listDir)) if (await isSame(place)) return true
    return false
  } catch (thrown) {
    throw diskFault(thrown, path.split('/').slice(-2).join('/'))
  }
}

/**
 * Whether a mail in requeue/ was put there a moment ago, or by a run that was killed then: incoming/ or
 * the held posts have it still. Were it delivered and gone before those let go of it, nothing would
 * say that it is the list's post already, and it would become one again.
 */
export async function isUnsettled(listDir: string, path: string): Promise<boolean> {
  try {
    const own = await unless(['ENOENT'], stat(path), undefined)
    if (own === undefined || own.nlink < 2) return false
    for await (const origin of origins(listDir)) {
      const found = await unless(['ENOENT'], stat(origin), undefined)
      if (found?.ino === own.ino && found.dev === own.dev) return true
    }
    return false
  } catch (thrown) {
    throw diskFault(thrown, path.split('/').slice(-2).join('/'))
  }
}

async function* origins(listDir: string): AsyncGenerator<string> {
  for (const id of await namesIn(pathOn(listDir, 'incoming')))
    if (isMailId(id)) yield pathOn(listDir, 'queue', id)
  const held = pathOn(listDir, 'held')
  for (const name of await namesIn(held)) if (name.endsWith('.sending')) yield `${held}/${name}`
}

async function* places(listDir: string): AsyncGenerator<string> {
  const held = pathOn(listDir, 'held')
  for (const name of await namesIn(held)) if (/^[0-9a-f]{16}/.test(name)) yield `${held}/${name}`
  const requeue = pathOn(listDir, 'requeue')
  for (const name of await namesIn(requeue)) yield `${requeue}/${name}/mailfile`
  const archive = pathOn(listDir, 'archive')
  // Most likely it is one of these, and a large archive takes long to list.
  const newest = (await newestPost(listDir))?.number ?? 0
  for (let number = newest; number > newest - likelyPosts; number--) yield `${archive}/${number}`
  for (const number of (await archivedNumbers(listDir)).slice(-newestPosts).toReversed())
    yield `${archive}/${number}`
}

async function namesIn(dir: string): Promise<readonly string[]> {
  return await unless(['ENOENT', 'ENOTDIR'], readdir(dir), [])
}
