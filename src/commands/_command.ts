import { Fault, type FaultCode } from '../base/fault.ts'
import type { Context } from './_context.ts'

/** One option of a command, the only place that describes it. */
export interface Option {
  readonly type: 'string' | 'boolean'
  /** The letter mlmmj gives it; a command may have options that only have a long name. */
  readonly short?: string
  readonly help: string
  readonly required?: boolean
  /** What stands for the value in the help, such as DIR. */
  readonly placeholder?: string
  /** Of the flags of one group, the last one counts and unsets the others. */
  readonly group?: string
}

export type Options = Readonly<Record<string, Option>>

/** What `run` gets: a boolean for each flag, a string or nothing for each value. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name]['type'] extends 'boolean'
    ? boolean
    : O[Name] extends { readonly required: true }
      ? string
      : string | undefined
}

/** One command: parser, help, manual and completion are made from this table (house 3). */
export interface Command<O extends Options = Options> {
  /** Without the prefix `mlmmj-`. */
  readonly name: string
  /** What a person types, when that is not the prefix and the name. */
  readonly program?: string
  /** What it does, without a full stop. */
  readonly summary: string
  /** The arguments of one useful call. */
  readonly example: string
  readonly options: O
  /** The string option that a word without a letter in front of it fills. */
  readonly operand?: string
  /** The one that a second such word fills. */
  readonly secondOperand?: string
  /** A mail server calls it: whatever goes wrong is told as "try again" and never as 1. */
  readonly door?: 'mail'
  /** It sends mail: SIGTERM lets it finish what is on the wire, and leaves the rest for later. */
  readonly delivers?: true
  /** The faults it may end with, beside badUsage and bug. */
  readonly faults: readonly FaultCode[]
  /** Answers with the exit code when that is neither 0 nor a fault's. */
  run(values: Values<O>, context: Context): Promise<number | void>
}

export function command<const O extends Options>(
  table: Command<O> & {
    readonly operand?: keyof O & string
    readonly secondOperand?: keyof O & string
  },
): Command<O> {
  return table
}

/** Every command has these two. */
export const standardOptions = {
  help: { type: 'boolean', short: 'h', help: 'print this help' },
  version: { type: 'boolean', short: 'V', help: 'print the version' },
} as const satisfies Options

/** What a person types: `mlmmj-sub`. */
export function programName({ name, program }: Pick<Command, 'name' | 'program'>): string {
  return program ?? `mlmmj-${name}`
}

/** @throws Fault badUsage when more than one of the options is given */
export function atMostOne<Name extends string>(
  values: Readonly<Record<Name, string | boolean | undefined>>,
  names: readonly Name[],
): void {
  const given = names.filter((name) => values[name] !== undefined && values[name] !== false)
  if (given.length < 2) return
  throw new Fault('badUsage', `--${given.join(' and --')} cannot be given together`)
}
