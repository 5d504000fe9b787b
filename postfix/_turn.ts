import { readdir, readFile, readlink, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { errnoOf } from '../src/base/fault.ts'

const prefix = '.turn-'

/** Milliseconds after which a turn of a process we cannot look at is over: no mail takes so long. */
const longestMs = 3_600_000

/** The right to hand over what a directory keeps. It ends with its process, however that ends. */
export interface Turn {
  /** Tells others, who may not be able to see our process, that it still works. */
  renew(): Promise<void>
  end(): Promise<void>
}

/**
 * Takes the turn in a directory, or answers undefined when a living process has it.
 *
 * Node has no flock(2). Instead each process puts down a file with a name of its own and then looks
 * at the others: those of dead processes go, and when one is alive it takes its own back. Of two
 * who come at once at least one sees the other, so there is never more than one turn; there may be
 * none, and the next call tries again.
 */
export async function takeTurn(dir: string): Promise<Turn | undefined> {
  const self = await ownName()
  const mine = `${dir}/${self}`
  await writeFile(mine, '', { flag: 'wx', mode: 0o600 })
  const end = () => unless(['ENOENT'], unlink(mine))
  for (const name of await readdir(dir)) {
    if (!name.startsWith(prefix) || name === self) continue
    if (await isOver(dir, name, self)) await unless(['ENOENT'], unlink(`${dir}/${name}`))
    else {
      await end()
      return undefined
    }
  }
  return { end, renew: () => utimes(mine, Date.now() / 1000, Date.now() / 1000) }
}

let taken = 0

/** `.turn-PLACE-PID-START-N`: pids are reused, so the process's start is part of its name. */
async function ownName(): Promise<string> {
  const start = (await startOf(process.pid)) ?? '0'
  return `${prefix}${await ownPlace()}-${process.pid}-${start}-${++taken}`
}

/** This boot of this machine, and the container we see: elsewhere a pid means another process. */
async function ownPlace(): Promise<string> {
  const boot = await unless(['ENOENT'], readFile('/proc/sys/kernel/random/boot_id', 'latin1'))
  const space = await unless(['ENOENT'], readlink('/proc/self/ns/pid'))
  return `${boot?.slice(0, 8) ?? 'boot'}.${space?.replace(/\D/g, '') ?? 'all'}`
}

async function isOver(dir: string, name: string, self: string): Promise<boolean> {
  const [place, pid, start] = name.slice(prefix.length).split('-')
  if (place !== self.slice(prefix.length).split('-')[0]) {
    const found = await unless(['ENOENT'], stat(`${dir}/${name}`))
    return found === undefined || Date.now() - found.mtimeMs > longestMs
  }
  if (!isAlive(Number(pid))) return true
  const now = await startOf(Number(pid))
  return now !== undefined && now !== start
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // Somebody else's process is alive too.
    if (errnoOf(thrown) === 'EPERM') return true
    if (errnoOf(thrown) === 'ESRCH') return false
    throw thrown
  }
}

/**
 * When a process began, in ticks since boot (proc(5), field 22); `gone` for one that only waits to
 * be reaped; undefined where that is unknown.
 */
async function startOf(pid: number): Promise<string | undefined> {
  const hidden = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM']
  const line = await unless(hidden, readFile(`/proc/${pid}/stat`, 'latin1'))
  // The program's name in field 2 may hold blanks and parentheses.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ')
  return /^[ZX]/.test(fields?.[0] ?? '') ? 'gone' : fields?.[19]
}

async function unless<T>(codes: readonly string[], action: Promise<T>): Promise<T | undefined> {
  try {
    return await action
  } catch (thrown) {
    if (codes.includes(errnoOf(thrown) ?? '')) return undefined
    throw thrown
  }
}
