import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { errnoOf } from '../base/fault.ts'
import { fileOf, pathOn } from './_layout.ts'

const rotateAtBytes = 1_048_576

/** Puts lines into LD/mlmmj-ts.log. */
export interface EventLog {
  write(line: string): void
  /** Writes what it still holds back. */
  flush(): void
}

/**
 * A writer of lines into LD/mlmmj-ts.log, where a person finds what became of a mail. Lines are
 * written at once, because a crash is when they are wanted. A log that cannot be written stops
 * nothing: mail goes on without it.
 *
 * @param gatherMs lines that follow a written one within this time are written together at its end
 *   (milliseconds): a hundred mails a second would else be a hundred openings of the file
 */
export function eventLog(listDir: string, now: () => number, gatherMs = 0): EventLog {
  const [path, control] = [fileOf(listDir, 'eventLog'), pathOn(listDir, 'control')]
  let held = ''
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const lines = held
    held = ''
    if (lines !== '') append(lines)
  }

  function append(lines: string): void {
    try {
      // What is no list any more, or never was, gets no log.
      const folder = lstatSync(control, { throwIfNoEntry: false })
      if (!folder?.isDirectory()) return
      // Root writes nothing where somebody else can plant things.
      if (process.geteuid?.() === 0 && folder.uid !== 0) return
      rotate(path)
      appendTo(path, lines)
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown
    }
  }

  return {
    flush,
    write(line) {
      held += `${new Date(now()).toISOString()} ${line}\n`
      if (timer !== undefined) return
      flush()
      if (gatherMs > 0) timer = setTimeout(flush, gatherMs).unref()
    },
  }
}

/** Never behind a link, which could lead out of the list, nor into a FIFO, which would stop us. */
function appendTo(path: string, lines: string): void {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT
  const file = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600)
  try {
    if (fstatSync(file).isFile()) writeSync(file, lines)
  } finally {
    closeSync(file)
  }
}

function rotate(path: string): void {
  const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > rotateAtBytes) renameSync(path, `${path}.rotated`)
}
