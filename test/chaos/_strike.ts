import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ScratchList } from '../_list.ts'
import { killAll, processesWith } from '../_processes.ts'
import { ours, start, type Ended } from '../_program.ts'
import type { Sink } from '../_sink.ts'
import { pause, until } from '../_until.ts'
import { suffering, type FaultPlan } from './_plan.ts'
import { strikeService } from './_service.ts'
import type { CommandSubject, Subject } from './_subjects.ts'

/** When a program dies: at one of its steps, or after so many milliseconds. */
export type Death =
  { readonly step: number; readonly when: 'before' | 'after' } | { readonly ms: number }

/** Calls that fail, or are slow, for as long as the program runs. */
export type DiskTrouble =
  { readonly fail: Omit<NonNullable<FaultPlan['fail']>, 'while'> } | { readonly delayMs: number }

export interface Struck {
  readonly ended: Ended
  /** Whether a process was killed, and not over before. */
  readonly killed: boolean
  /** Posts that were answered for, and are the list's. */
  readonly accepted?: readonly string[]
  /** What was not as it must be at that moment. */
  readonly wrong?: readonly string[]
}

/** Runs a subject to its end or its death; no process of it and no trouble is left then. */
export async function strike(
  subject: Subject,
  list: ScratchList,
  sink: Sink,
  what: Death | DiskTrouble | undefined,
  log?: string,
): Promise<Struck> {
  // Beside the list, and gone with it.
  const trouble = join(dirname(list.dir), '.trouble')
  const plan: Omit<FaultPlan, 'below'> = {
    ...(log === undefined ? {} : { log }),
    ...(what !== undefined && 'step' in what ? { kill: what } : {}),
    ...(what !== undefined && 'fail' in what ? { fail: { ...what.fail, while: trouble } } : {}),
    ...(what !== undefined && 'delayMs' in what ? { delayMs: what.delayMs } : {}),
  }
  const suffer = (more: Pick<FaultPlan, 'below' | 'who'>) =>
    Object.keys(plan).length > 0 ? suffering({ ...plan, ...more }) : {}
  const dead = what !== undefined && 'ms' in what ? pause(what.ms) : undefined
  await writeFile(trouble, '')
  const relieve = () => rm(trouble, { force: true })
  const struck =
    'lmtp' in subject
      ? await strikeService(subject, list, sink, { suffer, dead, relieve })
      : await strikeCommand(subject, list, suffer, dead)
  await relieve()
  return struck
}

/** Makes an environment of who shall suffer, and below which path. */
export type Suffer = (more: Pick<FaultPlan, 'below' | 'who'>) => Readonly<Record<string, string>>

async function strikeCommand(
  { program, args, stdin = '', who }: CommandSubject,
  list: ScratchList,
  suffer: Suffer,
  dead: Promise<void> | undefined,
): Promise<Struck> {
  const env = suffer({ below: `${list.dir}/`, ...(who === undefined ? {} : { who }) })
  const running = start(join(ours.bin, program), args(list), { stdin, env, ms: 60_000 })
  if (dead !== undefined) {
    await Promise.race([running.ended, dead])
    killAll(processesWith(`${list.dir}\0`))
  }
  const ended = await running.ended
  await until(
    () => processesWith(`${list.dir}\0`).length === 0,
    60_000,
    () => `the end of ${program}`,
  )
  // mlmmj-receive is a shell that outlives what it started, and says 75.
  return { ended, killed: ended.signal === 'SIGKILL' || ended.code === 75 }
}

/**
 * Recipients of mails that the relay has taken and whose answer may not have been heard: of the last
 * mail on each connection that nobody said goodbye on.
 */
export function inFlightIn({ taken, steps }: Sink): number {
  const last = new Map(taken.map(({ connection, to }) => [connection, to.length]))
  for (const { connection, verb } of steps) if (verb === 'QUIT') last.delete(connection)
  return [...last.values()].reduce((sum, count) => sum + count, 0)
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
