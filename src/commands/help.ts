import yargs, { type Argv } from 'yargs'
import { faults } from '../base/fault.ts'
import { programName, standardOptions, type Command, type Option } from './_command.ts'

/** Columns of the help; a terminal is rarely narrower, and a pipe has no width. */
const width = 90

/** What `-h` prints, made from the command's table by yargs. */
export async function helpText(command: Command): Promise<string> {
  const program = programName(command)
  const optional = Object.values(command.options).some(({ required }) => required !== true)
  const usage = [
    program,
    ...Object.entries(command.options).flatMap(([name, option]) =>
      option.required === true ? [writtenOption(name, option)] : [],
    ),
    ...(optional ? ['[OPTION …]'] : []),
  ]
  const help = await withOptions(quietYargs(program), command)
    .usage(`Usage: ${usage.join(' ')}\n\n${sentence(command.summary)}`)
    .epilogue(`Example: ${program} ${command.example}\n\n${exitCodes(command)}`)
    .getHelp()
  return `${help}\n`
}

/** A yargs that neither reads the terminal nor answers by itself. */
export function quietYargs(program: string): Argv {
  return yargs([])
    .scriptName(program)
    .locale('en')
    .parserConfiguration({ 'boolean-negation': false, 'dot-notation': false })
    .help(false)
    .version(false)
    .wrap(width)
}

/** The options of a command's table as yargs options. */
export function withOptions(parser: Argv, command: Command): Argv {
  const options = { ...command.options, ...standardOptions }
  return Object.entries<Option>(options).reduce(
    (built, [name, { type, short, help, placeholder }]) =>
      built.option(name, {
        ...(short === undefined ? {} : { alias: short }),
        type,
        describe: placeholder === undefined ? help : `${placeholder}: ${help}`,
      }),
    parser,
  )
}

function writtenOption(name: string, { short, placeholder }: Option): string {
  const written = short === undefined ? `--${name}` : `-${short}`
  return placeholder === undefined ? written : `${written} ${placeholder}`
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
}

function exitCodes({ faults: own, door }: Command): string {
  if (door === 'mail') return 'Exit: 0 done · 75 anything else, so that the mail is tried again'
  const rows = [...own, 'badUsage' as const, 'bug' as const].map(
    (code) => [faults[code].exit, faults[code].says] as const,
  )
  const lines = rows
    .sort(([one], [other]) => one - other)
    .map(([exit, says]) => `  ${exit}  ${says}`)
  return ['Exit codes:', '   0  Done.', ...lines].join('\n')
}

/** What `mlmmj-ts help` prints: the commands with a line for each. */
export async function overview(commands: readonly Command[]): Promise<string> {
  const help = await umbrellaOf(commands)
    .usage('Usage: mlmmj-ts COMMAND …')
    .epilogue('Each command is also a program of its own: mlmmj-sub is mlmmj-ts sub.')
    .getHelp()
  return `${help}\n`
}

/** The commands as yargs commands. */
export function umbrellaOf(commands: readonly Command[]): Argv {
  return commands.reduce(
    (built, { name, summary }) => built.command(name, summary),
    quietYargs('mlmmj-ts')
      .command('help', 'explain a command')
      .completion('completion', 'print what bash or zsh needs to complete all this'),
  )
}
