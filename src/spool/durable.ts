import { constants, writeSync } from 'node:fs'
import { copyFile, link, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { realChance } from '../base/chance.ts'
import { errnoOf, Fault, isFault } from '../base/fault.ts'
import { shownPath, type Place } from './_layout.ts'
import { draftPath, ensurePrivate, giveToOwner } from './_private-directory.ts'
import { syncDirectory } from './_sync-directory.ts'
import { allOf, diskFault, unless } from './_trouble.ts'

export { syncDirectory } from './_sync-directory.ts'
export { sweepDrafts } from './_private-directory.ts'
export { diskFault } from './_trouble.ts'

/** A file that nobody sees yet. It vanishes unless it is committed (house 12). */
export interface Draft {
  write(chunk: Uint8Array): Promise<void>
  /** Brings the content to disk; nothing can be added to it then. */
  settle(): Promise<void>
  /** Gives it a name beside the draft's own. It stays once its shelf has been synced. */
  link(target: Place): Promise<void>
  /**
   * Puts the finished draft in its place, on disk to stay when this returns. `link`, the default,
   * never replaces a file: a taken name is Fault spoolTrouble, and another may be tried. `rename`
   * replaces what is there.
   */
  commit(target: Place, how?: 'link' | 'rename'): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Begins a file of mode 0600 in LD/.mlmmj-ts. */
export async function openDraft(listDir: string): Promise<Draft> {
  await ensurePrivate(listDir)
  return DraftFile.open(draftPath(listDir), listDir)
}

export interface ReplaceOptions {
  /** 0600 unless given. */
  readonly mode?: number
  /** A group for the file; ignored when we are not in it. */
  readonly group?: number | undefined
  /** Its time of last change (seconds since 1970), or else what the file system makes it. */
  readonly mtime?: number
  /** Asked just before the file is replaced; what it throws stops that (the lock's fence). */
  readonly stillMine?: () => Promise<void>
}

/** A whole new content for a file, or the old one: never a mixture, whenever we are killed. */
export async function replaceFile(
  listDir: string,
  target: Place,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { mode, group, mtime, stillMine }: ReplaceOptions = {},
): Promise<void> {
  await ensurePrivate(listDir)
  await using draft = await DraftFile.open(draftPath(listDir), listDir)
  if (content instanceof Uint8Array) await draft.write(content)
  else for await (const chunk of content) await draft.write(chunk)
  await draft.permit(mode, group)
  if (mtime !== undefined) await draft.date(mtime)
  await draft.settle()
  await stillMine?.()
  await draft.commit(target, 'rename')
}

/** A new file with all its content, or none; a file that is there already stays as it is. */
export async function createExclusive(
  listDir: string,
  target: Place,
  content: Uint8Array,
  mode = 0o600,
): Promise<'made' | 'exists'> {
  await ensurePrivate(listDir)
  await using draft = await DraftFile.open(draftPath(listDir), listDir)
  await draft.write(content)
  await draft.permit(mode, undefined)
  try {
    await draft.commit(target, 'link')
    return 'made'
  } catch (thrown) {
    if (isFault(thrown) && errnoOf(thrown.cause) === 'EEXIST') return 'exists'
    throw thrown
  }
}

/**
 * A new file with several names, all on one shelf. Its content is on disk when this returns, and its
 * names are when the caller has synced the shelf. The first name is there from the beginning, so it
 * is for files that nobody reads before.
 *
 * @param mtime its time of last change (seconds since 1970), or else what the file system makes it
 */
export async function createNamed(
  listDir: string,
  [first, ...others]: readonly [Place, ...Place[]],
  content: Uint8Array,
  mtime?: number,
): Promise<void> {
  await using file = await DraftFile.open(first, listDir)
  await file.write(content)
  if (mtime !== undefined) await file.date(mtime)
  await file.settle()
  const made: Place[] = []
  try {
    await allOf(others.map(async (name) => made.push((await file.link(name), name))))
  } catch (thrown) {
    for (const name of made) await unlink(name).catch(() => undefined)
    throw thrown
  }
  file.stay()
}

/** So much may be written while everybody else waits. */
const mostAtOnce = 65_536

/**
 * What changes a directory or brings data to disk may wait for the file system's journal, so it is
 * done aside; what only goes into the kernel's memory is done at once, since handing it to another
 * thread and back would cost more than the deed.
 */
class DraftFile implements Draft {
  private place: Place | undefined
  private handle: FileHandle | undefined

  private constructor(place: Place, handle: FileHandle) {
    this.place = place
    this.handle = handle
  }

  static async open(place: Place, ownedDir: Place): Promise<DraftFile> {
    try {
      const draft = new DraftFile(place, await open(place, 'wx', 0o600))
      await giveToOwner(ownedDir, place)
      return draft
    } catch (thrown) {
      throw diskFault(thrown, shownPath(place))
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { handle } = this
    if (handle === undefined) throw new Fault('bug', 'this draft is finished already')
    await tried('a draft', async () => {
      if (chunk.length > mostAtOnce) return await handle.appendFile(chunk)
      for (let rest = chunk; rest.length > 0;) rest = rest.subarray(writeSync(handle.fd, rest))
    })
  }

  async permit(mode: number | undefined, group: number | undefined): Promise<void> {
    await tried('a draft', async () => {
      const { uid, gid } = (await this.handle?.stat()) ?? {}
      if (uid !== undefined && group !== undefined && group !== gid)
        await unless(['EPERM'], this.handle?.chown(uid, group) ?? Promise.resolve(), undefined)
      if (mode !== undefined) await this.handle?.chmod(mode)
    })
  }

  async date(mtime: number): Promise<void> {
    await tried('a draft', async () => this.handle?.utimes(mtime, mtime))
  }

  async settle(): Promise<void> {
    const { handle } = this
    if (handle === undefined) return
    await tried('a draft', () => handle.sync())
    this.close()
  }

  /** What has been synced is on disk whatever close(2) says, so nobody waits for it now. */
  private close(): void {
    const { handle } = this
    this.handle = undefined
    handle?.close().catch(() => undefined)
  }

  async commit(target: Place, how: 'link' | 'rename' = 'link'): Promise<void> {
    await this.settle()
    await this.put(target, how === 'link' ? link : rename)
    if (how === 'rename') this.stay()
    await allOf([syncDirectory(folderOf(target)), this.tidy()])
  }

  async link(target: Place): Promise<void> {
    await this.settle()
    await this.put(target, link)
  }

  /** The name it was made with is the one to keep. */
  stay(): void {
    this.place = undefined
  }

  private async put(target: Place, how: (from: Place, to: Place) => Promise<void>): Promise<void> {
    const { place } = this
    if (place === undefined) throw new Fault('bug', 'this draft is committed already')
    await tried(shownPath(target), async () => {
      try {
        await how(place, target)
      } catch (thrown) {
        if (errnoOf(thrown) !== 'EXDEV') throw thrown
        await how(await this.moveBeside(place, target), target)
      }
    })
  }

  private async tidy(): Promise<void> {
    const { place } = this
    this.place = undefined
    if (place !== undefined)
      await tried('a draft', () => unless(['ENOENT'], unlink(place), undefined))
  }

  /** The shelf is another file system: the draft must be on it before it can be renamed. */
  private async moveBeside(old: Place, target: Place): Promise<Place> {
    const place = beside(target)
    this.place = place
    await copyFile(old, place, constants.COPYFILE_EXCL)
    const copy = await open(place, 'r')
    try {
      await copy.sync()
    } finally {
      await copy.close()
    }
    await unlink(old)
    return place
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.tidy()
  }
}

async function tried(what: string, action: () => Promise<void>): Promise<void> {
  try {
    await action()
  } catch (thrown) {
    throw diskFault(thrown, what)
  }
}

function folderOf(place: Place): Buffer {
  const path = Buffer.from(place)
  const end = path.lastIndexOf('/')
  return end < 0 ? Buffer.from('.') : path.subarray(0, Math.max(end, 1))
}

function beside(target: Place): Buffer {
  return Buffer.concat([folderOf(target), Buffer.from(`/.${realChance.id()}.new`)])
}
