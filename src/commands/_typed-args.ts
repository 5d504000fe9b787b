import { Fault } from '../base/fault.ts'
import { whyNoListName } from '../list/list-name.ts'
import { namedListOrPath, namedSpool } from '../listener/named-list.ts'
import type { Callable, Kind } from './_callable.ts'
import { programName, standardOptions, type Options } from './_command.ts'
import { getopt } from './_getopt.ts'

/** Checked values of options, by long name; directories are absolute and below the spool. */
export type TypedArgs = Readonly<Record<string, string | true>>

/**
 * Reads arguments that come from far away: what `takes` names is checked, anything else is refused.
 * `help` and `version` come alone, because nothing else matters then.
 *
 * @throws Fault badUsage
 */
export function typedArgs(
  callable: Callable,
  args: readonly string[],
  spoolDir: string,
): TypedArgs {
  const values = readArgs(callable, args)
  for (const asked of Object.keys(standardOptions))
    if (values[asked] === true) return { [asked]: true }
  const typed: Record<string, string | true> = {}
  for (const [name, kind] of Object.entries(callable.takes)) {
    const value = values[name]
    if (value === undefined || value === false) continue
    // mlmmj's own listener was told "no language" so.
    if (value === '' && kind === 'language') continue
    typed[name] = value === true ? value : valueAs(kind, name, value, spoolDir)
  }
  const { command, needs = [] } = callable
  const missing = needs.filter((name) => typed[name] === undefined)
  if (missing.length === 0) return typed
  const names = missing.map((name) => {
    const { short } = command.options[name] ?? {}
    return short === undefined ? `--${name}` : `-${short} (--${name})`
  })
  throw new Fault('badUsage', `${programName(command)} needs ${names.join(' and ')} from here`)
}

/** Values as they were given, by long name. */
function readArgs({ command, takes, letters = {} }: Callable, args: readonly string[]) {
  const refuse = (what: string) =>
    new Fault('badUsage', `${programName(command)} does not take ${what} from here`)
  const { values, operands, unknown } = getopt(optionsOf(command.options, takes, letters), args)
  if (unknown[0] !== undefined) throw refuse(`-${unknown[0]}`)
  const read: Record<string, string | boolean | undefined> = { ...values }
  for (const [letter, name] of Object.entries(letters)) read[name] ??= read[letter]
  const { operand = '' } = command
  for (const word of operands) {
    if (takes[operand] === undefined || read[operand] !== undefined) throw refuse(quoted(word))
    read[operand] = word
  }
  return read
}

function optionsOf(
  all: Options,
  takes: Callable['takes'],
  letters: NonNullable<Callable['letters']>,
): Options {
  return {
    ...Object.fromEntries(Object.entries(all).filter(([name]) => takes[name] !== undefined)),
    ...Object.fromEntries(
      Object.keys(letters).map((short) => [short, { type: 'string', short, help: '' }] as const),
    ),
    ...standardOptions,
  }
}

function valueAs(kind: Kind, name: string, value: string, spoolDir: string): string {
  switch (kind) {
    case 'flag':
      throw new Fault('bug', `--${name} takes a value, and is listed as a flag`)
    case 'list':
      return namedListOrPath(spoolDir, value)
    case 'spool':
      return namedSpool(spoolDir, value)
    case 'name':
    case 'language':
    case 'input':
    case 'cookie':
    case 'text': {
      const why = complaints[kind](value)
      if (why === undefined) return value
      throw new Fault('badUsage', `the value of --${name}, ${quoted(value)}, ${why}`)
    }
  }
}

const complaints = {
  name: whyNoListName,
  language: unless(/^[A-Za-z][\w-]*$/, 'is no name of a language'),
  input: unless(/^-$/, 'is not -, which stands for what is sent along'),
  cookie: unless(/^[0-9a-f]{16}$/, 'has not 16 digits from 0-9 and a-f'),
  text: unless(/^[^\p{Cc}]{0,1000}$/u, 'is too long, or holds a control character'),
}

function unless(pattern: RegExp, why: string): (value: string) => string | undefined {
  return (value) => (pattern.test(value) ? undefined : why)
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
