import { closeSync, constants, createWriteStream, fstatSync, openSync, renameSync } from 'node:fs'
import { writeFileSync, writeSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { errnoOf } from '../base/fault.ts'
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
        // A clock that was put forward meanwhile makes it old, and old ones are swept.
        await unless(['ENOENT'], rename(path, fileOf(listDir, 'maintenanceLog')), undefined)
      } catch (thrown) {
        throw diskFault(thrown, 'mlmmj-maintd.lastrun.log')
      }
    },
  }
}

/** The log of a run that has nothing to wait for: written at the end, in one go. */
export function quickRunLog(listDir: string, id: string): RunLog {
  let text = ''
  return {
    line: (more) => void (text += `${more}\n`),
    finish: async () => writeRunLog(listDir, id, text),
  }
}

/**
 * The whole log of a run. A log of the same length, as the last run without work left it, is written
 * over in a single step: to replace a file takes longer than all the looking.
 *
 * @param text a byte string
 */
export function writeRunLog(listDir: string, id: string, text: string): void {
  try {
    const last = fileOf(listDir, 'maintenanceLog')
    if (writtenOver(last, text)) return
    const path = join(listDir, `maintdlog-${id}`)
    writeFileSync(path, text, { encoding: 'latin1', mode: 0o600, flag: 'wx' })
    renameSync(path, last)
  } catch (thrown) {
    throw diskFault(thrown, 'mlmmj-maintd.lastrun.log')
  }
}

function writtenOver(path: string, text: string): boolean {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const facts = fstatSync(file)
    // A backup may have the same file under another name, and shall keep what it says.
    if (!facts.isFile() || facts.nlink > 1 || facts.size !== text.length) return false
    return writeSync(file, text, 0, 'latin1') === text.length
  } catch (thrown) {
    if (['ENOENT', 'ELOOP', 'ENXIO', 'EISDIR', 'EACCES'].includes(errnoOf(thrown) ?? ''))
      return false
    throw thrown
  } finally {
    if (file !== undefined) closeSync(file)
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
