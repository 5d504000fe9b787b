import { constants } from 'node:fs'
import { copyFile, link, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { realChance } from '../base/chance.ts'
import { errnoOf, Fault, isFault } from '../base/fault.ts'
import { shownPath, type Place } from './_layout.ts'
import { draftPath, ensurePrivate, giveToOwner } from './_private-directory.ts'
import { diskFault, unless } from './_trouble.ts'

export { sweepDrafts } from './_private-directory.ts'
export { diskFault } from './_trouble.ts'

/** A file that nobody sees yet. It vanishes unless it is committed (house 12). */
export interface Draft {
  write(chunk: Uint8Array): Promise<void>
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

/** Makes names that were added to a directory, or taken from it, survive a crash. */
export async function syncDirectory(dir: Place): Promise<void> {
  try {
    const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      // Some file systems cannot do this for directories, and say so.
      await unless(['EINVAL', 'ENOTSUP'], handle.sync(), undefined)
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    throw diskFault(thrown, shownPath(dir))
  }
}

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
    await this.tried('a draft', async () => this.handle?.appendFile(chunk))
  }

  async permit(mode: number | undefined, group: number | undefined): Promise<void> {
    await this.tried('a draft', async () => {
      const { uid, gid } = (await this.handle?.stat()) ?? {}
      if (uid !== undefined && group !== undefined && group !== gid)
        await unless(['EPERM'], this.handle?.chown(uid, group) ?? Promise.resolve(), undefined)
      if (mode !== undefined) await this.handle?.chmod(mode)
    })
  }

  async date(mtime: number): Promise<void> {
    await this.tried('a draft', async () => this.handle?.utimes(mtime, mtime))
  }

  /** Brings the content to disk and closes the file. */
  async settle(): Promise<void> {
    const handle = this.handle
    if (handle === undefined) return
    await this.tried('a draft', async () => handle.sync())
    this.handle = undefined
    await this.tried('a draft', async () => handle.close())
  }

  async commit(target: Place, how: 'link' | 'rename' = 'link'): Promise<void> {
    await this.settle()
    if (this.place === undefined) throw new Fault('bug', 'this draft is committed already')
    await this.tried(shownPath(target), async () => {
      try {
        await this.put(target, how)
      } catch (thrown) {
        if (errnoOf(thrown) !== 'EXDEV') throw thrown
        await this.moveBeside(target)
        await this.put(target, how)
      }
      await syncDirectory(folderOf(target))
    })
  }

  private async put(target: Place, how: 'link' | 'rename'): Promise<void> {
    const place = this.place ?? target
    if (how === 'rename') await rename(place, target)
    else await link(place, target)
    this.place = undefined
    if (how === 'link') await unless(['ENOENT'], unlink(place), undefined)
  }

  /** The shelf is another file system: the draft must be on it before it can be renamed. */
  private async moveBeside(target: Place): Promise<void> {
    const [old, place] = [this.place ?? target, beside(target)]
    this.place = place
    await copyFile(old, place, constants.COPYFILE_EXCL)
    const copy = await open(place, 'r')
    try {
      await copy.sync()
    } finally {
      await copy.close()
    }
    await unlink(old)
  }

  private async tried(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (thrown) {
      throw diskFault(thrown, what)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle?.close()
    if (this.place !== undefined) await unless(['ENOENT'], unlink(this.place), undefined)
    this.handle = this.place = undefined
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
