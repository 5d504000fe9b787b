import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openHouse } from '../app.ts'
import { readConfig } from '../config.ts'
import type { Command } from './_command.ts'
import type { Context } from './_context.ts'
import type { Output } from './_output.ts'
import { run } from './_run.ts'

/** What a command said, for its tests. Output is a byte string. */
export interface Said {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command inside this process, with an input of its own. */
export async function tryCommand(
  command: Command,
  argv: readonly string[],
  input = '',
): Promise<Said> {
  const { context, said } = trialContext(input)
  const exit = await run(command, argv, context)
  return { exit, ...said() }
}

export function trialContext(input = ''): {
  readonly context: Context
  said(): Pick<Said, 'stdout' | 'stderr'>
} {
  const config = readConfig({})
  const [stdout, stderr] = [noted(), noted()]
  const context = {
    ...config,
    house: openHouse(config),
    programDir: '/opt/mlmmj/bin',
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
    stdout,
    stderr,
  }
  return { context, said: () => ({ stdout: stdout.text, stderr: stderr.text }) }
}

function noted(): Output & { text: string } {
  return {
    isTerminal: false,
    text: '',
    async write(chunk) {
      this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')
      return true
    },
  }
}

/** A directory that is gone when the test is. */
export async function tempDir(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'mlmmj-ts-'))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
