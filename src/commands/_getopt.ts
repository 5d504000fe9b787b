import { Fault } from '../base/fault.ts'
import { nearest } from './_nearest.ts'
import type { Option, Options, Values } from './_command.ts'

export interface Parsed<O extends Options> {
  readonly values: Values<O>
  readonly operands: readonly string[]
  /** Letters nobody knows. mlmmj complains about them and goes on (spec spool 4.0). */
  readonly unknown: readonly string[]
}

/**
 * Reads arguments as getopt(3) does for mlmmj: `-Lx`, `-L x`, `-cnL x`, options behind operands,
 * `--` ends options, a value may begin with `-`, the last one wins. Added to that: `--name value`
 * and `--name=value`.
 *
 * @throws Fault badUsage for a missing value, and for a long name that is not in the table, which
 * no call made for mlmmj can hold.
 */
export function getopt<O extends Options>(options: O, argv: readonly string[]): Parsed<O> {
  const byLetter = new Map(Object.entries(options).map(([name, { short }]) => [short, name]))
  const values = new Map<string, string | boolean>(
    Object.entries(options).flatMap(([name, { type }]) =>
      type === 'boolean' ? [[name, false]] : [],
    ),
  )
  const operands: string[] = []
  const unknown: string[] = []
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      operands.push(...rest)
      break
    }
    if (word.startsWith('--')) readLong(word)
    else if (word.startsWith('-') && word !== '-') readLetters(word.slice(1))
    else operands.push(word)
  }
  return { values: Object.fromEntries(values) as Values<O>, operands, unknown }

  function readLong(word: string): void {
    const [, name = '', , value] = /^--([^=]*)(=([^]*))?$/.exec(word) ?? []
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (option === undefined) throw new Fault('badUsage', unknownLong(options, name))
    if (option.type === 'string') values.set(name, value ?? valueOf(`--${name}`))
    else if (value === undefined) set(name, option)
    else throw new Fault('badUsage', `the option --${name} takes no value`)
  }

  function readLetters(letters: string): void {
    for (const [at, letter] of [...letters].entries()) {
      const name = byLetter.get(letter) ?? ''
      const option = options[name]
      if (option === undefined) unknown.push(letter)
      else if (option.type === 'boolean') set(name, option)
      else {
        const attached = [...letters].slice(at + 1).join('')
        values.set(name, attached === '' ? valueOf(`-${letter}`) : attached)
        return
      }
    }
  }

  function set(flag: string, { group }: Option): void {
    if (group !== undefined)
      for (const [name, option] of Object.entries(options))
        if (option.group === group) values.set(name, false)
    values.set(flag, true)
  }

  function valueOf(option: string): string {
    const value = rest.shift()
    if (value === undefined) throw new Fault('badUsage', `the option ${option} needs a value`)
    return value
  }
}

function unknownLong(options: Options, name: string): string {
  const close = nearest(name, Object.keys(options))
  return `there is no option --${name}` + (close === undefined ? '' : `; do you mean --${close}?`)
}
