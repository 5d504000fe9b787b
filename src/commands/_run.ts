import { events } from '../base/events.ts'
import { asFault, Fault, isFault } from '../base/fault.ts'
import {
  programName,
  standardOptions,
  type Command,
  type Options,
  type Values,
} from './_command.ts'
import type { Context } from './_context.ts'
import { getopt } from './_getopt.ts'
import { packageVersion } from './_package.ts'

/** Temporary, for mail servers: whoever reads sysexits.h tries again (house 16). */
const tempFail = 75

/** Runs a command to its end; the result is its exit code. The one place where faults are told. */
export async function run(
  command: Command,
  argv: readonly string[],
  context: Context,
): Promise<number> {
  try {
    return (await obey(command, argv, context)) ?? 0
  } catch (thrown) {
    const fault = asFault(thrown)
    const program = programName(command)
    events.commandFailed(program, fault)
    const help = isFault(fault, 'badUsage') ? `${program} -h for help\n` : ''
    // Postfix takes the code from the first word of the output (house 8).
    const prefix = command.door === 'mail' ? `${fault.retry ? fault.kind.status : '4.3.5'} ` : ''
    await context.stderr.write(`${prefix}${program}: ${fault.message}\n${help}`)
    return command.door === 'mail' ? tempFail : fault.kind.exit
  }
}

async function obey(
  command: Command,
  argv: readonly string[],
  context: Context,
): Promise<number | void> {
  const program = programName(command)
  const options = { ...command.options, ...standardOptions }
  const { values, operands, unknown } = getopt(options, argv)
  if (values.help) {
    const { helpText } = await import('./help.ts')
    await context.stdout.write(await helpText(command))
    return
  }
  if (values.version) {
    await context.stdout.write(`${program} version ${packageVersion()}\n`)
    return
  }
  for (const letter of unknown)
    await context.stderr.write(`${program}: unknown option -- ${letter}, ignored\n`)
  const full = await withOperands(command, values, operands, context)
  const missing = Object.entries(command.options).filter(
    ([name, { required }]) => required === true && full[name] === undefined,
  )
  if (missing.length > 0) {
    const names = missing.map(([name, { short }]) =>
      short ? `-${short} (--${name})` : `--${name}`,
    )
    throw new Fault('badUsage', `${names.join(' and ')} must be given`)
  }
  return await command.run(full, context)
}

/** Operands fill the options that the table names; mlmmj's programs ignore them all. */
async function withOperands(
  command: Command,
  values: Values<Options>,
  operands: readonly string[],
  { stderr }: Context,
): Promise<Values<Options>> {
  const free = [command.operand, command.secondOperand].filter(
    (name) => name !== undefined && values[name] === undefined,
  )
  for (const word of operands.slice(free.length))
    await stderr.write(`${programName(command)}: the argument ${JSON.stringify(word)} is ignored\n`)
  const taken = free.slice(0, operands.length).map((name, at) => [name, operands[at]])
  return { ...values, ...Object.fromEntries(taken) }
}
