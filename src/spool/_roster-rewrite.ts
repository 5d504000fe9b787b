import { lstat, mkdir, realpath, stat, unlink } from 'node:fs/promises'
import { asciiLower } from '../base/bytes.ts'
import { Fault, isFault } from '../base/fault.ts'
import { bytesOn, pathOn } from './_layout.ts'
import { dropLeftover, waitForMlmmj } from './_mlmmj-lock.ts'
import { giveToOwner } from './_private-directory.ts'
import { bareLine, blocksOf, type RosterFile } from './_roster-files.ts'
import { diskFault, unless } from './_trouble.ts'
import { replaceFile, syncDirectory } from './durable.ts'
import type { HeldLock } from './lock.ts'

/** What shall happen to one file; the sets hold addresses in lower case. */
export interface Rewrite {
  readonly file: RosterFile
  readonly add: Set<string>
  readonly remove: Set<string>
}

/** How often another program may change the file while we write it anew. */
const mostTries = 10
const appendBytes = 65_536

/**
 * Writes a subscriber file anew: without the lines of those who leave, with those who join at its
 * end, every other byte as it was. Removed when nothing is left. mlmmj 1.3 and 1.5 do not know our
 * lock, so a file that changed while we wrote is read again.
 */
export async function rewriteRosterFile(
  listDir: string,
  held: HeldLock,
  rewrite: Rewrite,
): Promise<void> {
  const { file } = rewrite
  const lockFile = bytesOn(listDir, file.kind, `.${file.name}.lock`)
  const dir = pathOn(listDir, file.kind)
  try {
    await ensureDirectory(listDir, dir)
    await dropLeftover(lockFile)
    for (let tries = 1; ; tries++) {
      await waitForMlmmj([file.path, lockFile])
      const target = await targetOf(file)
      const before = await fingerprint(target)
      const fence = async () => {
        await held.stillMine()
        await waitForMlmmj([file.path, lockFile])
        if ((await fingerprint(target)) !== before)
          throw new Fault('busy', `${file.shown} is being changed by another program`)
      }
      try {
        await write(listDir, dir, target, rewrite, fence)
        return
      } catch (thrown) {
        const changed = isFault(thrown, 'busy') && (await fingerprint(target)) !== before
        if (!changed || tries === mostTries) throw thrown
      }
    }
  } catch (thrown) {
    throw diskFault(thrown, file.shown)
  }
}

async function write(
  listDir: string,
  dir: string,
  target: Buffer,
  rewrite: Rewrite,
  fence: () => Promise<void>,
): Promise<void> {
  if (rewrite.add.size === 0 && !(await leavesAnything(rewrite))) {
    await fence()
    await unless(['ENOENT'], unlink(target), undefined)
    await syncDirectory(dir)
    return
  }
  const { mode, gid } = await stat(dir)
  const shared = (mode & 0o020) !== 0
  await replaceFile(listDir, target, newContent(rewrite), {
    mode: shared ? 0o660 : 0o600,
    group: shared ? gid : undefined,
    stillMine: fence,
  })
}

async function leavesAnything(rewrite: Rewrite): Promise<boolean> {
  for await (const chunk of newContent(rewrite)) if (chunk.length > 0) return true
  return false
}

async function* newContent({ file, add, remove }: Rewrite): AsyncGenerator<Buffer> {
  const joining = new Set(add)
  let last = '\n'
  for await (const block of blocksOf(file, true)) {
    const kept = keep(block, remove, joining)
    if (kept === '') continue
    last = kept.slice(-1)
    yield Buffer.from(kept, 'latin1')
  }
  let text = last === '\n' || joining.size === 0 ? '' : '\n'
  for (const address of joining) {
    text += `${address}\n`
    if (text.length < appendBytes) continue
    yield Buffer.from(text, 'latin1')
    text = ''
  }
  if (text !== '') yield Buffer.from(text, 'latin1')
}

/** A block without the lines that go; whoever joined meanwhile need not join again. */
function keep(block: string, remove: ReadonlySet<string>, joining: Set<string>): string {
  let kept = ''
  for (let from = 0; from < block.length;) {
    const end = block.indexOf('\n', from) + 1 || block.length
    const line = block.slice(from, end)
    const key = asciiLower(bareLine(line))
    joining.delete(key)
    if (!remove.has(key)) kept += line
    from = end
  }
  return kept
}

/** Where the bytes are: behind a link, so that the link stays (as with mlmmj), unless it is broken. */
async function targetOf({ path, shown }: RosterFile): Promise<Buffer> {
  const broken = ['ENOENT', 'ELOOP']
  const found = await unless(broken, stat(path), undefined)
  if (found === undefined) return path
  if (!found.isFile()) throw new Fault('spoolTrouble', `${shown} is no plain file`)
  const isLink = (await lstat(path)).isSymbolicLink()
  return isLink ? realpath(path, { encoding: 'buffer' }) : path
}

async function fingerprint(target: Buffer): Promise<string> {
  const found = await unless(['ENOENT', 'ELOOP'], stat(target, { bigint: true }), undefined)
  return found === undefined ? '' : [found.ino, found.size, found.mtimeNs].join(' ')
}

async function ensureDirectory(listDir: string, dir: string): Promise<void> {
  const made = await unless(
    ['EEXIST'],
    mkdir(dir).then(() => true),
    false,
  )
  if (!made) return
  await giveToOwner(listDir, dir)
  await syncDirectory(listDir)
}
