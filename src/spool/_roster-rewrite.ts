import { lstat, mkdir, realpath, stat, unlink } from 'node:fs/promises'
import { realChance } from '../base/chance.ts'
import { Fault, isFault } from '../base/fault.ts'
import { bytesOn, pathOn } from './_layout.ts'
import { dropLeftover, waitForMlmmj } from './_mlmmj-lock.ts'
import { giveToOwner } from './_private-directory.ts'
import { printOf } from './_line-table.ts'
import { bytesOf, openPlain, type RosterFile } from './_roster-files.ts'
import { beginChange, endChange } from './_roster-memory.ts'
import { findIn, sizeOf, stampFrom, stampOf, Wanted, type Found } from './_roster-search.ts'
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
      const before = await stampOf({ path: target, shown: file.shown })
      const fence = async () => {
        await held.stillMine()
        await waitForMlmmj([file.path, lockFile])
        if ((await stampOf({ path: target, shown: file.shown })) !== before)
          throw new Fault('busy', `${file.shown} is being changed by another program`)
      }
      try {
        await write(listDir, dir, target, await planOf(rewrite, before), fence)
        return
      } catch (thrown) {
        const changed =
          isFault(thrown, 'busy') && (await stampOf({ path: target, shown: file.shown })) !== before
        if (!changed || tries === mostTries) throw thrown
      }
    }
  } catch (thrown) {
    throw diskFault(thrown, file.shown)
  }
}

/** What becomes of a file as it stands. */
interface Plan {
  readonly file: RosterFile
  readonly before: string
  readonly size: number
  readonly cuts: readonly Found[]
  readonly joining: readonly string[]
}

async function planOf({ file, add, remove }: Rewrite, before: string): Promise<Plan> {
  const found = await findIn(file, before, new Wanted([...add, ...remove]))
  // Whoever joined meanwhile need not join again.
  const there = new Set(found.map(({ key }) => key))
  const joining = [...add].filter((address) => !there.has(address))
  const cuts = found.filter(({ key }) => remove.has(key))
  return { file, before, size: sizeOf(before), cuts, joining }
}

async function write(
  listDir: string,
  dir: string,
  target: Buffer,
  plan: Plan,
  fence: () => Promise<void>,
): Promise<void> {
  const { file, before, size, cuts, joining } = plan
  const left = cuts.reduce((sum, { from, to }) => sum - (to - from), size)
  if (joining.length === 0 && left === 0) {
    await fence()
    await unless(['ENOENT'], unlink(target), undefined)
    await syncDirectory(dir)
    return
  }
  const { mode, gid } = await stat(dir)
  const shared = (mode & 0o020) !== 0
  const mtime = distinctTime()
  let written = 0
  const content = async function* () {
    for await (const chunk of newContent(plan)) {
      written += chunk.length
      yield chunk
    }
  }
  beginChange(file)
  let done: Parameters<typeof endChange>[2]
  // Whoever lets go of a large file last waits until its blocks are free: 26 MB take as long as all
  // the rest. So it is held open until its name is gone, and let go of aside.
  const old = await openPlain(file)
  try {
    await replaceFile(listDir, target, content(), {
      mode: shared ? 0o660 : 0o600,
      group: shared ? gid : undefined,
      mtime,
      stillMine: fence,
    })
    done = await outcome(plan, written, mtime)
  } finally {
    endChange(file, before, done)
    void old?.close().catch(() => undefined)
  }
}

/** What is known of the file that we just wrote; undefined when it changed again since. */
async function outcome(
  { file, cuts, joining }: Plan,
  written: number,
  mtime: number,
): Promise<Parameters<typeof endChange>[2]> {
  const facts = await unless(['ENOENT'], stat(file.path, { bigint: true }), undefined)
  // Nobody else gives it this time, and we did before anybody could see the file.
  const same = facts?.size === BigInt(written) && isTime(facts.mtimeNs, mtime)
  if (!same) return undefined
  let from = joining.reduce((sum, address) => sum - address.length - 1, written)
  const added = joining.map((address) => {
    const line = { print: printOf(address), from }
    from += address.length + 1
    return line
  })
  return { after: stampFrom(facts), cuts, added }
}

/**
 * A time within the last second that no clock gives by chance, so that whoever writes into the file
 * after us changes its time, even within the same tick of the file system's clock. In units that a
 * double holds exactly.
 */
function distinctTime(): number {
  const units = 2 ** 20
  return Math.floor((realChance.now() / 1_000 - Math.random()) * units) / units
}

function isTime(nanoseconds: bigint, seconds: number): boolean {
  const whole = Math.floor(seconds)
  const microseconds = Math.floor((seconds - whole) * 1e6)
  return nanoseconds / 1_000n === BigInt(whole) * 1_000_000n + BigInt(microseconds)
}

async function* newContent({ file, cuts, joining }: Plan): AsyncGenerator<Uint8Array> {
  let [at, next, last] = [0, 0, 0x0a]
  for await (const block of bytesOf(file, true)) {
    const end = at + block.length
    while (at < end) {
      const cut = cuts[next]
      const stop = cut === undefined || cut.from >= end ? end : cut.from
      const kept = block.subarray(block.length - (end - at), block.length - (end - stop))
      last = kept.at(-1) ?? last
      if (kept.length > 0) yield kept
      at = stop
      if (cut === undefined || stop === end) continue
      at = cut.to
      next += 1
    }
  }
  let text = last === 0x0a || joining.length === 0 ? '' : '\n'
  for (const address of joining) {
    text += `${address}\n`
    if (text.length < appendBytes) continue
    yield Buffer.from(text, 'latin1')
    text = ''
  }
  if (text !== '') yield Buffer.from(text, 'latin1')
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
