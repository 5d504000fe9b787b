import { createWriteStream, writeFileSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileOf } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

/** The log of a maintenance run, in mlmmj's form (spec mailflow 9). */
export interface RunLog {
  line(text: string): void
  /** Makes it `mlmmj-maintd.lastrun.log`. */
  finish(): Promise<void>
}

/** Begins `maintdlog-ID`, as mlmmj calls it while a run is in progress. */
export function openRunLog(listDir: string, id: string): RunLog {
  const path = join(listDir, `maintdlog-${id}`)
  const stream = createWriteStream(path, { mode: 0o600, flags: 'wx' })
  let trouble: Error | undefined
  stream.on('error', (error) => {
    trouble ??= error
  })
  return {
    line: (text) => void stream.write(`${text}\n`, 'latin1'),
    finish: async () => {
      try {
        stream.end()
        if (!stream.closed) await once(stream, 'close')
        if (trouble !== undefined) throw trouble
        await rename(path, fileOf(listDir, 'maintenanceLog'))
      } catch (thrown) {
        throw diskFault(thrown, 'mlmmj-maintd.lastrun.log')
      }
    },
  }
}

/** The log of a run that has nothing to wait for: written at the end, in one go. */
export function quickRunLog(listDir: string, id: string): RunLog {
  const path = join(listDir, `maintdlog-${id}`)
  let text = ''
  return {
    line: (more) => void (text += `${more}\n`),
    finish: async () => {
      try {
        writeFileSync(path, text, { mode: 0o600, flag: 'wx', encoding: 'latin1' })
        // This one step waits for the disk, if there was a log before, and the next list need not.
        await rename(path, fileOf(listDir, 'maintenanceLog'))
      } catch (thrown) {
        throw diskFault(thrown, 'mlmmj-maintd.lastrun.log')
      }
    },
  }
}

/** Removes logs of runs that were killed. */
export async function sweepRunLogs(listDir: string, seconds: number, now: number): Promise<void> {
  for (const name of await readdir(listDir)) {
    if (!isUnfinishedLog(name)) continue
    const facts = await unless(['ENOENT'], stat(join(listDir, name)), undefined)
    if (facts !== undefined && now - facts.mtimeMs > seconds * 1_000)
      await rm(join(listDir, name), { force: true })
  }
}

export function isUnfinishedLog(name: string): boolean {
  return name.startsWith('maintdlog-')
}
