import { fileURLToPath } from 'node:url'
import { events } from '../base/events.ts'
import { hasWorker } from '../flows/has-worker.ts'

/** How `mlmmj-receive --no-worker` ends when its caller has to start one. */
export const workerWanted = 3

/** As ensureWorker(), for a caller that starts programs at less cost than Node: the exit code. */
export async function wishForWorker(listDir: string): Promise<number> {
  return (await hasWorker(listDir)) ? 0 : workerWanted
}

/**
 * Sees to it that somebody processes what lies in incoming/, after we have ended. A worker that is
 * there already looks once more before it ends, so a second one would only cost memory: a thousand
 * mails at once start one process for each list, not a thousand.
 */
export async function ensureWorker(listDir: string): Promise<void> {
  if (await hasWorker(listDir)) return
  const program = fileURLToPath(new URL('./mlmmj-process.cjs', import.meta.url))
  const { spawn } = await import('node:child_process')
  const worker = spawn(process.execPath, [program, '--worker', '-L', listDir], {
    detached: true,
    stdio: 'ignore',
  })
  // The mail is stored: the next mail's worker will find it when this machine is too busy now.
  worker.once('error', (error) => events.workerFailed(listDir, error.message))
  worker.unref()
}
