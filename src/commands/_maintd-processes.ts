import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Fault } from '../base/fault.ts'
import type { Context } from './_context.ts'

/** Starts the program again in the background, to work every two hours until it is told to end. */
export function startDaemon(argv: readonly string[]): void {
  spawn(process.execPath, [thisProgram(), '--loop', ...argv], {
    detached: true,
    stdio: 'ignore',
  }).unref()
}

/**
 * Works on lists of one owner in a process of its own, which becomes that owner for good: root cannot
 * come back from that (spec spool 1.3).
 */
export async function runAsOwner(listDirs: readonly string[], { stderr }: Context): Promise<void> {
  const child = spawn(process.execPath, [thisProgram(), '-F', '--lists-from-stdin'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin.on('error', () => undefined).end(listDirs.join('\0'))
  const ended = once(child, 'exit')
  for await (const chunk of child.stderr) await stderr.write(String(chunk))
  const [code] = (await ended) as [number | null]
  if (code !== 0)
    throw new Fault('bug', `the process for ${listDirs.join(', ')} ended with ${code}`)
}

function thisProgram(): string {
  return fileURLToPath(new URL('./mlmmj-maintd.cjs', import.meta.url))
}
