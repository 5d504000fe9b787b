import { readFile, readlink } from 'node:fs/promises'
import { realChance } from '../base/chance.ts'
import { errnoOf } from '../base/fault.ts'
import { unless } from './_trouble.ts'

const unknown = '-'

/** What a lock's file says of its holder: one line of seven words. */
interface Identity {
  readonly pid: number
  /** When the process started, in the kernel's ticks; a pid used again has another. */
  readonly started: string
  readonly boot: string
  /** The pid namespace: inside another container the same pid is somebody else. */
  readonly namespace: string
  readonly host: string
}

let own: Promise<Identity> | undefined

/** A line that names this process and, by its random last word, this one taking of a lock. */
export async function ownIdentity(): Promise<string> {
  const { pid, started, boot, namespace, host } = await ownFacts()
  return `holder ${pid} ${started} ${boot} ${namespace} ${host} ${realChance.id()}\n`
}

/**
 * Whether the process that wrote this line still runs. `unknown` when that cannot be seen from
 * here: another machine, another container, no /proc, or not our line at all.
 */
export async function ownerState(line: string): Promise<'alive' | 'dead' | 'unknown'> {
  const holder = readIdentity(line)
  if (holder === undefined) return 'unknown'
  const { boot, namespace } = await ownFacts()
  if (boot === unknown || namespace === unknown) return 'unknown'
  if (holder.boot !== boot || holder.namespace !== namespace) return 'unknown'
  return processState(holder)
}

/** Who holds, for a person: `process 123 on host`. */
export function describeOwner(line: string): string {
  const holder = readIdentity(line)
  return holder === undefined ? 'somebody unknown' : `process ${holder.pid} on ${holder.host}`
}

function readIdentity(line: string): Identity | undefined {
  const [word, pid, started, boot, namespace, host] = line.split(' ')
  if (word !== 'holder' || !started || !boot || !namespace || !host) return undefined
  if (!/^[1-9][0-9]{0,9}$/.test(pid ?? '')) return undefined
  return { pid: Number(pid), started, boot, namespace, host }
}

async function processState({ pid, started }: Identity): Promise<'alive' | 'dead' | 'unknown'> {
  const found = await statOf(pid)
  if (found === 'hidden') return 'unknown'
  if (found === undefined) return isGone(pid) ? 'dead' : 'unknown'
  // A killed process whose parent has not asked for it yet holds nothing any more.
  return found.started === started && !/[ZXx]/.test(found.state) ? 'alive' : 'dead'
}

/** With /proc mounted hidepid, other users' processes look as if they were not there. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (thrown) {
    if (errnoOf(thrown) === 'EPERM') return false
    if (errnoOf(thrown) === 'ESRCH') return true
    throw thrown
  }
}

async function statOf(
  pid: number | 'self',
): Promise<{ state: string; started: string } | 'hidden' | undefined> {
  const text = await unless(
    ['EACCES', 'EPERM'],
    unless(['ENOENT', 'ESRCH', 'ENOTDIR'], readFile(`/proc/${pid}/stat`, 'latin1'), undefined),
    'hidden' as const,
  )
  if (text === undefined || text === 'hidden') return text
  // The second field is the program's name in parentheses and may hold anything (proc(5)).
  const [state = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state, started: rest[18] ?? unknown }
}

async function ownFacts(): Promise<Identity> {
  own ??= readOwnFacts()
  return own
}

async function readOwnFacts(): Promise<Identity> {
  const missing = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EINVAL']
  const boot = unless(missing, readFile('/proc/sys/kernel/random/boot_id', 'latin1'), unknown)
  const namespace = unless(missing, readlink('/proc/self/ns/pid'), unknown)
  const self = await statOf('self')
  const { hostname } = await import('node:os')
  return {
    pid: process.pid,
    started: typeof self === 'object' ? self.started : unknown,
    boot: (await boot).trim() || unknown,
    namespace: typeof self === 'object' ? await namespace : unknown,
    host: hostname().replace(/\s+/g, '_') || unknown,
  }
}
