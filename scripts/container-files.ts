import { parse } from 'yaml'

/** A part of a YAML file; each number, date or truth value in it is the text that it was written as. */
export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml }

/** @throws when it is no YAML, or a key stands twice in a mapping. */
export function readYaml(text: string): Yaml {
  return parse(text, { schema: 'failsafe' }) as Yaml
}

/** Fills in `${NAME}` and `${NAME:-default}` as compose does. */
export function interpolate(value: Yaml, env: Readonly<Record<string, string>>): Yaml {
  if (typeof value === 'string')
    return value.replace(
      /\$\{(\w+)(?::-([^}]*))?\}/g,
      (_, name: string, other = '') => env[name] || (other as string),
    )
  if (isSequence(value)) return value.map((item) => interpolate(item, env))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, interpolate(item, env)]),
  )
}

export function isSequence(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value)
}

/** What is at a place in the file; undefined when nothing is. */
export function at(value: Yaml | undefined, ...path: readonly string[]): Yaml | undefined {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (value === undefined || typeof value === 'string' || isSequence(value)) return undefined
  return at(value[key], ...rest)
}

export function textAt(value: Yaml | undefined, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function listAt(value: Yaml | undefined, ...path: readonly string[]): readonly string[] {
  const found = at(value, ...path)
  if (found === undefined || typeof found === 'string' || !isSequence(found)) return []
  return found.filter((item) => typeof item === 'string')
}

export function mapAt(
  value: Yaml | undefined,
  ...path: readonly string[]
): Readonly<Record<string, Yaml>> {
  const found = at(value, ...path)
  return found === undefined || typeof found === 'string' || isSequence(found) ? {} : found
}

/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly word: string
  readonly rest: string
  readonly line: number
}

/** The instructions of a Dockerfile, continued lines joined. */
export function readDockerfile(text: string): readonly Instruction[] {
  const found: Instruction[] = []
  let begun: { text: string; line: number } | undefined
  text.split('\n').forEach((line, index) => {
    if (/^\s*#/.test(line) || (begun === undefined && line.trim() === '')) return
    const joined: { text: string; line: number } = begun ?? { text: '', line: index + 1 }
    joined.text += ` ${line.replace(/\\$/, '').trim()}`
    begun = line.endsWith('\\') ? joined : undefined
    if (begun !== undefined) return
    const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(joined.text.trim()) ?? []
    found.push({ word: word.toUpperCase(), rest, line: joined.line })
  })
  return found
}

/** The stages of a Dockerfile; what stands before the first FROM is in none. */
export function stagesOf(
  instructions: readonly Instruction[],
): readonly (readonly Instruction[])[] {
  const stages: Instruction[][] = []
  for (const each of instructions)
    if (each.word === 'FROM') stages.push([each])
    else stages.at(-1)?.push(each)
  return stages
}
