import { asciiLower } from '../base/bytes.ts'

/** Tells a person what is wrong with a control file; the reader adds list and file name. */
export type Complain = (why: string) => void

/** How one kind of control file is read. `found` is its content, undefined when it is not there. */
export interface Kind<Value> {
  readonly kind: 'flag' | 'line' | 'lines' | 'text' | 'whole'
  readonly fallback: Value
  readonly help: string
  read(found: Buffer | undefined, complain: Complain): Value
}

/** True when the file exists, whatever is in it (spec spool 3.1). */
export function flag(help: string): Kind<boolean> {
  return {
    kind: 'flag',
    fallback: false,
    help,
    read: (found, complain) => {
      const word = found === undefined ? '' : asciiLower(found.toString('latin1', 0, 16).trim())
      if (/^(0|no|off|false)$/.test(word))
        complain(`holds "${word}" but counts as set because it exists; remove the file to unset it`)
      return found !== undefined
    },
  }
}

/**
 * The first line without its line end; blanks are kept. A file of no bytes counts as not there,
 * unless `empty` says that its being there means something.
 */
export function line(help: string, { empty }: { empty?: string } = {}): Kind<string | undefined> {
  return {
    kind: 'line',
    fallback: undefined,
    help,
    read: (found) => (found?.length === 0 ? empty : firstLine(found)),
  }
}

/** Every line that is not empty; blanks are kept. An empty file is an empty list, which is set. */
export function lines(help: string): Kind<readonly string[] | undefined> {
  return {
    kind: 'lines',
    fallback: undefined,
    help,
    read: (found) =>
      found
        ?.toString('latin1')
        .split('\n')
        .map((text) => text.replace(/\r+$/, ''))
        .filter((text) => text !== ''),
  }
}

/** The whole file, byte for byte. A file of no bytes counts as not there. */
export function text(help: string): Kind<string | undefined> {
  return {
    kind: 'text',
    fallback: undefined,
    help,
    read: (found) =>
      found === undefined || found.length === 0 ? undefined : found.toString('latin1'),
  }
}

interface Range {
  /** Smallest value that works; below it the fallback is taken with a complaint. */
  readonly least?: number
  readonly most?: number
}

/**
 * A whole number, with blanks and a `# comment` around it allowed. Anything else is reported and
 * the fallback is taken (spec spool 3.1, the line marked *careful*).
 */
export function whole<Fallback extends number | undefined>(
  fallback: Fallback,
  help: string,
  { least = 0, most = Number.MAX_SAFE_INTEGER }: Range = {},
): Kind<number | Fallback> {
  return {
    kind: 'whole',
    fallback,
    help,
    read: (found, complain) => {
      const written = firstLine(found)
      if (written === undefined) return fallback
      const digits = /^[ \t]*\+?([0-9]+)[ \t]*(?:#.*)?$/.exec(written)?.[1]
      const value = Number(digits)
      if (digits !== undefined && value >= least && value <= most) return value
      // It is shown in terminals too, where control characters do things.
      const shown = written.slice(0, 40).replace(/[\0-\x1f\x7f]/g, '?')
      complain(
        `"${shown}" is no whole number from ${least} to ${most}; ` +
          `${fallback === undefined ? 'it is ignored' : `${fallback} is used`}`,
      )
      return fallback
    },
  }
}

/** The bytes up to the first LF, without any CR before it; undefined for a file of no bytes. */
function firstLine(found: Buffer | undefined): string | undefined {
  if (found === undefined || found.length === 0) return undefined
  const end = found.indexOf(0x0a)
  return found.toString('latin1', 0, end < 0 ? found.length : end).replace(/\r+$/, '')
}
