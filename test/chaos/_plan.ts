import { join } from 'node:path'

/** What a program under test shall suffer; _preload.cjs obeys it inside of that program. */
export interface FaultPlan {
  /** Only paths below this one count, and only they fail. */
  readonly below: string
  /** A pattern for the command line: other programs that are started on the way are left alone. */
  readonly who?: string
  /** A file that gets the name of each step, a line each. */
  readonly log?: string
  /** SIGKILL just before or after the step of this number, counted from 1. */
  readonly kill?: { readonly step: number; readonly when: 'before' | 'after' }
  /** Calls that match `at`, such as `write queue/ID`, fail as long as the file `while` is there. */
  readonly fail?: {
    readonly at: string
    readonly code: string
    readonly while: string
    /** Only each so-manieth of them. */
    readonly every?: number
  }
  /** How far its wall clock is ahead, or behind when negative (milliseconds). */
  readonly clockMs?: number
  /** So much longer takes each call (milliseconds). */
  readonly delayMs?: number
}

/** The environment of a program that shall suffer a plan. Tests run in the project's root. */
export function suffering(plan: FaultPlan): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: `--require=${join(process.cwd(), 'test/chaos/_preload.cjs')}`,
    FAULT_PLAN: JSON.stringify(plan),
  }
}
