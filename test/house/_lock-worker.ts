import { closeSync, openSync, unlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { takeLock } from '../../src/spool/lock.ts'

interface Task {
  readonly listDir: string
  readonly name: string
  /** Wall clock to start at, so that all begin together. */
  readonly at?: number
  /** A file that only one may make at a time. */
  readonly marker?: string
  readonly insideMs?: number
  /** Never give the lock back. */
  readonly keep?: boolean
}

process.on('message', (task: Task) => void work(task).then((answer) => process.send?.(answer)))

async function work({ listDir, name, at, marker, insideMs = 0, keep }: Task): Promise<object> {
  while (at !== undefined && Date.now() < at) if (at - Date.now() > 2) await sleep(1)
  const started = performance.now()
  const held = await takeLock(listDir, name)
  const waited = performance.now() - started
  if (keep) return { waited, overlap: false }
  const overlap = marker !== undefined && !enter(marker)
  if (insideMs > 0) await sleep(insideMs)
  if (marker !== undefined && !overlap) unlinkSync(marker)
  await held.release()
  return { waited, overlap }
}

function enter(marker: string): boolean {
  try {
    closeSync(openSync(marker, 'wx'))
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  }
}
