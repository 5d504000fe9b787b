import { basename } from 'node:path'
import { programName, type Command } from './_command.ts'
import { quietYargs, umbrellaOf, withOptions } from './help.ts'

/** What bash or zsh shall read at its start; which of them, yargs sees in the environment. */
export function completionScript(commands: readonly Command[]): string {
  let script = ''
  void umbrellaOf(commands).parse('completion', {}, (_error, _argv, output) => {
    script = `${output}\n`
  })
  // The function that yargs writes hands over all words, so it serves the single programs too.
  const line = /^ *(complete .*|compdef .*) mlmmj-ts$/m.exec(script)?.[1]
  if (line === undefined) return script
  return script + commands.map((command) => `${line} ${programName(command)}\n`).join('')
}

/** What may stand in place of the last of the typed words, of which the first is a program. */
export async function completions(
  commands: readonly Command[],
  [program = '', ...typed]: readonly string[],
): Promise<readonly string[]> {
  const name = basename(program).replace(/^mlmmj-/, '')
  const [word, rest] =
    name === 'ts' && typed.length > 1 ? [typed[0], typed.slice(1)] : [name, typed]
  const command = commands.find((one) => one.name === word)
  const parser =
    command === undefined ? umbrellaOf(commands) : withOptions(quietYargs(program), command)
  const found = await new Promise<readonly string[]>((resolve, reject) => {
    parser.getCompletion(rest, (error, words) => (error === null ? resolve(words) : reject(error)))
  })
  // yargs offers `--L` for a letter; mlmmj's programs would not know it.
  return found.filter((text) => !/^--.$/.test(text))
}
