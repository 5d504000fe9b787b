import { appendFileSync, lstatSync, renameSync } from 'node:fs'
import { errnoOf } from '../base/fault.ts'
import { fileOf, pathOn } from './_layout.ts'

const rotateAtBytes = 1_048_576

/**
 * A writer of lines into LD/mlmmj-ts.log, where a person finds what became of a mail. Lines are
 * written at once, because a crash is when they are wanted. A log that cannot be written stops
 * nothing: mail goes on without it.
 */
export function eventLog(listDir: string, now: () => number): (line: string) => void {
  const [path, control] = [fileOf(listDir, 'eventLog'), pathOn(listDir, 'control')]
  return (line) => {
    try {
      // What is no list any more, or never was, gets no log.
      if (!lstatSync(control, { throwIfNoEntry: false })?.isDirectory()) return
      rotate(path)
      appendFileSync(path, `${new Date(now()).toISOString()} ${line}\n`, { mode: 0o600 })
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown
    }
  }
}

function rotate(path: string): void {
  const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > rotateAtBytes) renameSync(path, `${path}.rotated`)
}
