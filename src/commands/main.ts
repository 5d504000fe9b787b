import type { Command } from './_command.ts'
import { contextOf } from './_context.ts'
import { run } from './_run.ts'

/** Runs a command as this process; the process ends by itself, with the command's exit code. */
export async function main(command: Command, argv: readonly string[]): Promise<void> {
  const stop = new AbortController()
  if (command.delivers) process.once('SIGTERM', () => stop.abort())
  process.exitCode = await run(command, argv, contextOf(process, stop.signal))
}
