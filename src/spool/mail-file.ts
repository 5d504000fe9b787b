import { readFile, realpath, rm, stat } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { Fault } from '../base/fault.ts'
import { diskFault, syncDirectory } from './durable.ts'
import { unless } from './_trouble.ts'

/**
 * The real path of a mail file that a caller named: relative to the working directory, or else to
 * the list (spec spool 4.4).
 *
 * @throws Fault noSuchFile when no regular file is there; spoolTrouble when it cannot be looked at.
 */
export async function findMailFile(listDir: string, file: string): Promise<string> {
  const places = isAbsolute(file) ? [file] : [resolve(file), join(listDir, file)]
  try {
    for (const place of places) {
      const found = await unless(['ENOENT', 'ENOTDIR'], stat(place), undefined)
      if (found?.isFile()) return await realpath(place)
    }
  } catch (thrown) {
    throw diskFault(thrown, file)
  }
  throw new Fault('noSuchFile', `the mail file ${file} does not exist`)
}

/** Removes a mail file that lives on elsewhere now. */
export async function dropMailFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
    await syncDirectory(join(path, '..'))
  } catch (thrown) {
    throw diskFault(thrown, path)
  }
}

/** The post's number in a path such as archive/12 or requeue/12/mailfile (spec spool 4.4, mode 3). */
export function numberOfMailFile(path: string): number | undefined {
  const parts = path.split('/')
  const name = parts.at(-1) === 'mailfile' ? parts.at(-2) : parts.at(-1)
  return name !== undefined && /^[1-9][0-9]{0,14}$/.test(name) ? Number(name) : undefined
}

/** The lines of a file of addresses that a caller named. */
export async function linesOfFile(path: string): Promise<readonly string[]> {
  return await readFile(path, 'latin1').then(
    (content) => content.split('\n').map((line) => line.replace(/\r+$/, '')),
    (thrown: unknown) => {
      throw new Fault('noSuchFile', `the file of recipients ${path} cannot be read`, thrown)
    },
  )
}
