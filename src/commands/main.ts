import type { Command } from './_command.ts'
import { contextOf } from './_context.ts'
import { run } from './_run.ts'

/** Runs a command as this process; the process ends by itself, with the command's exit code. */
export async function main(command: Command, argv: readonly string[]): Promise<void> {
  const stop = new Stop()
  if (command.delivers) process.once('SIGTERM', () => stop.abort())
  process.exitCode = await run(command, argv, contextOf(process, stop))
}

/** An AbortController that is made when it is needed: Node takes a while to load the class. */
class Stop {
  #controller: AbortController | undefined

  get signal(): AbortSignal {
    return this.#made.signal
  }

  abort(): void {
    this.#made.abort()
  }

  get #made(): AbortController {
    return (this.#controller ??= new AbortController())
  }
}
