import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { readConfig } from '../config.ts'
import { notAsRoot } from '../flows/act-as-owner.ts'
import type { House } from '../flows/house.ts'
import { networkOf } from '../message/mail-source.ts'
import { absentList } from '../listener/named-list.ts'
import { callables, type Callable } from './_callable.ts'
import { programName } from './_command.ts'
import type { Output } from './_output.ts'
import { packageRoot } from './_package.ts'
import { run } from './_run.ts'
import { typedArgs, type TypedArgs } from './_typed-args.ts'

/** Bytes of output that are kept; a command that writes more is stopped. */
const mostOutput = 16_777_216

/** A command that somebody far away wants to be run. */
export interface Call {
  /** As a person types it: `mlmmj-sub`. */
  readonly program: string
  readonly args: readonly string[]
  /** What it shall read. */
  readonly input: Uint8Array | undefined
}

export interface Called {
  /** The exit code. */
  readonly code: number
  /** What it wrote for its reader and about trouble, as it came. */
  readonly output: string
  /** What the service must look at now. */
  readonly then?: { readonly what: 'changed' | 'stored'; readonly listDir: string }
}

/** Where calls are carried out. */
export interface CallSite {
  readonly house: House
  readonly spoolDir: string
  /** The network address of the caller. */
  readonly source?: string
}

/**
 * Runs a command inside this process for somebody far away. Only what `_callable.ts` lists is taken,
 * and the command line is written anew from checked values.
 *
 * @throws Fault badUsage, noSuchList or spoolTrouble when it was not run; otherwise the result tells
 *   how it ended.
 */
export async function call({ program, args, input }: Call, site: CallSite): Promise<Called> {
  const callable = callables.find(({ command }) => programName(command) === program)
  if (callable === undefined) throw new Fault('badUsage', 'there is no such command to be called')
  const typed = typedArgs(callable, args, site.spoolDir)
  if (typeof typed['list'] === 'string') await mustBeOurs(typed['list'], site.spoolDir)
  const made = listDirOf(typed, site.spoolDir)
  if (made !== undefined && (await stat(made).catch(() => undefined)) !== undefined)
    await notAsRoot(made)
  if (input === undefined && reads(callable, typed))
    throw new Fault('badUsage', `${program} needs something to read: mail is missing`)
  const { code, output } = await runHere(callable, typed, input, site)
  const listDir = listDirOf(typed, site.spoolDir)
  const { then: what } = callable
  if (what === undefined || listDir === undefined) return { code, output }
  return what === 'stored' && code !== 0
    ? { code, output }
    : { code, output, then: { what, listDir } }
}

/** The list is there, and is not one that root would have to become somebody else for, for good. */
async function mustBeOurs(listDir: string, spoolDir: string): Promise<void> {
  await stat(listDir).catch(async () => {
    throw await absentList(spoolDir, listDir)
  })
  await notAsRoot(listDir)
}

function reads({ then }: Callable, typed: TypedArgs): boolean {
  return typed['help'] === undefined && (then === 'stored' || typed['file'] !== undefined)
}

function listDirOf({ list, spool, name }: TypedArgs, spoolDir: string): string | undefined {
  if (typeof list === 'string') return list
  return typeof name === 'string'
    ? join(typeof spool === 'string' ? spool : spoolDir, name)
    : undefined
}

async function runHere(
  { command, always = [] }: Callable,
  typed: TypedArgs,
  input: Uint8Array | undefined,
  { house, spoolDir, source }: CallSite,
): Promise<{ code: number; output: string }> {
  const argv = [
    ...Object.entries(typed).map(([name, value]) =>
      value === true ? `--${name}` : `--${name}=${value}`,
    ),
    ...always.map((name) => `--${name}`),
  ]
  const chunks: Buffer[] = []
  let bytes = 0
  const output: Output = {
    isTerminal: false,
    async write(chunk) {
      const more = Buffer.from(chunk)
      bytes += more.length
      if (bytes <= mostOutput) chunks.push(more)
      return bytes <= mostOutput
    },
  }
  const code = await run(command, argv, {
    // As with an empty environment: a command that is called has no business with our secrets.
    ...readConfig({}),
    house,
    spoolDir,
    programDir: join(packageRoot(), 'bin'),
    stdin: one(input),
    stdout: output,
    stderr: output,
    ...(source === undefined ? {} : { source: networkOf(source) }),
  })
  if (bytes <= mostOutput) return { code, output: Buffer.concat(chunks).toString('utf8') }
  throw new Fault('badUsage', `${programName(command)} writes more than ${mostOutput} bytes here`)
}

async function* one(input: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (input !== undefined) yield input
}
