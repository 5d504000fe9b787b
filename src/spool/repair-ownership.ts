import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { diskFault, unless } from './_trouble.ts'

/** Deep enough for every shelf of a list. */
const deepest = 4
const seeing = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Gives what root left in a list back to the list's owner, as mlmmj 1.5's maintenance makes it
 * necessary (spec spool 1.3). Does nothing unless we are root and the list is not root's.
 *
 * The owner may change names while we look, so files are reached through open directories, links are
 * not followed, and a file with a second name somewhere else is left alone.
 *
 * @returns how many files and directories were given back.
 */
export async function repairOwnership(listDir: string): Promise<number> {
  if (process.geteuid?.() !== 0) return 0
  try {
    return await repairIn(listDir)
  } catch (thrown) {
    throw diskFault(thrown, 'the list directory')
  }
}

async function repairIn(
  dir: string,
  known?: { uid: number; gid: number },
  depth = 0,
): Promise<number> {
  const opened = await unless(
    ['ENOENT', 'ENOTDIR', 'ELOOP'],
    open(dir, seeing | constants.O_DIRECTORY),
    undefined,
  )
  if (opened === undefined) return 0
  await using folder = opened
  // Of what is open, not of its name: that may be another directory's by now.
  const owner = known ?? (await folder.stat())
  if (owner.uid === 0) return 0
  const inside = `/proc/self/fd/${folder.fd}`
  let repaired = 0
  for (const name of await unless(['ENOENT'], readdir(inside, { encoding: 'buffer' }), [])) {
    const path = Buffer.concat([Buffer.from(`${inside}/`), name])
    const found = await unless(['ENOENT', 'ELOOP', 'ENXIO'], open(path, seeing), undefined)
    if (found === undefined) continue
    await using file = found
    const facts = await file.stat()
    const single = facts.isDirectory() || (facts.isFile() && facts.nlink === 1)
    if (facts.uid === 0 && single) {
      await file.chown(owner.uid, owner.gid)
      repaired++
    }
    if (facts.isDirectory() && depth < deepest)
      repaired += await repairIn(path.toString('latin1'), owner, depth + 1)
  }
  return repaired
}
