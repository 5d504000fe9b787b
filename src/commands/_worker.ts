import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { events } from '../base/events.ts'
import { hasWorker } from '../flows/drain-incoming.ts'

/**
 * Sees to it that somebody processes what lies in incoming/, after we have ended. A worker that is
 * there already looks once more before it ends, so a second one would only cost memory: a thousand
 * mails at once start one process for each list, not a thousand.
 */
export async function ensureWorker(listDir: string): Promise<void> {
  if (await hasWorker(listDir)) return
  const program = fileURLToPath(new URL('./mlmmj-process.cjs', import.meta.url))
  const worker = spawn(process.execPath, [program, '--worker', '-L', listDir], {
    detached: true,
    stdio: 'ignore',
  })
  // The mail is stored: the next mail's worker will find it when this machine is too busy now.
  worker.once('error', (error) => events.workerFailed(listDir, error.message))
  worker.unref()
}
