import { asFault, Fault } from '../base/fault.ts'
import { commands } from './_all.ts'
import { contextOf, type Context } from './_context.ts'
import { nearest } from './_nearest.ts'
import { packageVersion } from './_package.ts'
import { main } from './main.ts'

/** `mlmmj-ts sub …` is `mlmmj-sub …`; the other words explain the commands. */
export async function umbrella(argv: readonly string[]): Promise<void> {
  const [word = 'help', ...rest] = argv
  const found = commands.find(({ name }) => name === word)
  if (found !== undefined) await main(found, rest)
  else process.exitCode = await guide(word, rest, contextOf(process))
}

/** Explains the commands. The result is the exit code. */
export async function guide(
  word: string,
  rest: readonly string[],
  context: Context,
): Promise<number> {
  try {
    await explain(word, rest, context)
    return 0
  } catch (thrown) {
    const fault = asFault(thrown)
    await context.stderr.write(`mlmmj-ts: ${fault.message}\nmlmmj-ts help for help\n`)
    return fault.kind.exit
  }
}

async function explain(word: string, rest: readonly string[], context: Context): Promise<void> {
  const { stdout } = context
  switch (word) {
    case 'help':
    case '--help':
    case '-h': {
      const { helpText, overview } = await import('./help.ts')
      const [name] = rest
      await stdout.write(await (name === undefined ? overview(commands) : helpText(named(name))))
      return
    }
    case '--version':
    case '-V':
      await stdout.write(`mlmmj-ts version ${packageVersion()}\n`)
      return
    case 'completion':
      await stdout.write((await import('./completion.ts')).completionScript(commands))
      return
    case '--get-yargs-completions': {
      const { completions } = await import('./completion.ts')
      await stdout.write((await completions(commands, rest)).map((text) => `${text}\n`).join(''))
      return
    }
    default:
      named(word)
  }
}

function named(word: string) {
  const name = word.replace(/^mlmmj-/, '')
  const found = commands.find((command) => command.name === name)
  if (found !== undefined) return found
  const close = nearest(name, [...commands.map((command) => command.name), 'help', 'completion'])
  const hint = close === undefined ? '' : `; do you mean ${close}?`
  throw new Fault('badUsage', `there is no command ${JSON.stringify(word)}${hint}`)
}
