import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ScratchList } from '../_list.ts'
import { ours, start, type Ended } from '../_program.ts'
import type { Sink } from '../_sink.ts'
import { pause, until } from '../_until.ts'
import { suffering, type FaultPlan } from './_plan.ts'
import type { Subject } from './_subjects.ts'

/** When a program dies: at one of its steps, after so many milliseconds, or not at all. */
export type Death =
  { readonly step: number; readonly when: 'before' | 'after' } | { readonly ms: number } | 'never'

export interface Struck {
  readonly ended: Ended
  /** Whether a process was killed, and not over before. */
  readonly killed: boolean
  /** Recipients of mails that the relay has taken and whose answer the program may not have heard. */
  readonly inFlight: number
}

/** Runs a subject's command to its end or its death; no process of it is left then. */
export async function strike(
  { program, args, stdin = '', who }: Subject,
  list: ScratchList,
  sink: Sink,
  death: Death,
  log?: string,
): Promise<Struck> {
  const byStep = typeof death === 'object' && 'step' in death
  const plan: FaultPlan = {
    below: `${list.dir}/`,
    ...(who === undefined ? {} : { who }),
    ...(log === undefined ? {} : { log }),
    ...(byStep ? { kill: death } : {}),
  }
  const env = byStep || log !== undefined ? suffering(plan) : {}
  const before = sink.steps.reduce((most, { connection }) => Math.max(most, connection), 0)
  const running = start(join(ours.bin, program), args(list), { stdin, env, ms: 60_000 })
  if (typeof death === 'object' && 'ms' in death) {
    await Promise.race([running.ended, pause(death.ms)])
    for (const pid of processesOf(list)) kill(pid)
  }
  const ended = await running.ended
  await until(
    () => processesOf(list).length === 0,
    60_000,
    () => `the end of ${program}`,
  )
  // mlmmj-receive is a shell that outlives its worker and says 75.
  const killed = ended.signal === 'SIGKILL' || ended.code === 75 || (ended.code ?? 0) > 128
  return { ended, killed, inFlight: killed ? inFlightSince(sink, before) : 0 }
}

/** The last mail of each connection that nobody said goodbye on. */
export function inFlightSince(sink: Sink, before: number): number {
  const last = new Map<number, number>()
  for (const { connection, to } of sink.taken)
    if (connection > before) last.set(connection, to.length)
  for (const { connection, verb } of sink.steps) if (verb === 'QUIT') last.delete(connection)
  return [...last.values()].reduce((sum, count) => sum + count, 0)
}

function processesOf({ dir }: ScratchList): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && commandLine(pid).includes(`${dir}\0`))
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch (thrown) {
    if (['ENOENT', 'ESRCH'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return ''
    throw thrown
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown
  }
}

/** The names of the steps that an undisturbed run takes, in their order. */
export async function stepsOf(run: (log: string) => Promise<unknown>): Promise<readonly string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-steps-'))
  try {
    await run(join(dir, 'log'))
    const text = await readFile(join(dir, 'log'), 'latin1')
    return text.split('\n').filter((line) => line !== '')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
