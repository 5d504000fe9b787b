/** A part of a YAML file, in the few forms that a compose file of ours uses. */
export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml }

interface Line {
  readonly indent: number
  readonly text: string
  readonly number: number
}

/**
 * Reads block mappings, block sequences, plain and single-quoted scalars, `[]`, `{}` and comments.
 * Whatever else YAML has is refused, so that nothing is read otherwise than Docker reads it.
 */
export function readYaml(text: string): Yaml {
  const lines: Line[] = []
  text.split('\n').forEach((line, at) => {
    const bare = line.replace(/(^|\s)#.*$/, '').trimEnd()
    if (bare.trim() === '') return
    if (/\t/.test(bare)) throw refusal(at + 1, 'a tab')
    lines.push({ indent: bare.search(/\S/), text: bare.trim(), number: at + 1 })
  })
  const [first] = lines
  if (first === undefined) return {}
  const value = readBlock(lines, first.indent)
  if (lines[0] !== undefined) throw refusal(lines[0].number, 'an indent that fits to nothing')
  return value
}

function readBlock(lines: Line[], indent: number): Yaml {
  return lines[0]?.text.startsWith('- ') ? readSequence(lines, indent) : readMapping(lines, indent)
}

function readSequence(lines: Line[], indent: number): Yaml {
  const items: Yaml[] = []
  for (let line = lines[0]; line?.indent === indent; line = lines[0]) {
    if (!line.text.startsWith('- ')) throw refusal(line.number, 'no "- " in a sequence')
    const rest = line.text.slice(2).trim()
    const inner = indent + 2
    if (keyIn(rest) === undefined) {
      lines.shift()
      items.push(scalar(rest, line.number))
    } else {
      // A mapping that begins behind the dash.
      lines[0] = { ...line, indent: inner, text: rest }
      items.push(readMapping(lines, inner))
    }
  }
  return items
}

function readMapping(lines: Line[], indent: number): Yaml {
  const entries = new Map<string, Yaml>()
  for (let line = lines[0]; line?.indent === indent; line = lines[0]) {
    const key = keyIn(line.text)
    if (key === undefined) throw refusal(line.number, 'no "key:" in a mapping')
    if (entries.has(key)) throw refusal(line.number, `${key} a second time`)
    lines.shift()
    const rest = line.text.slice(key.length + 1).trim()
    const next = lines[0]
    if (rest !== '') entries.set(key, scalar(rest, line.number))
    else if (next === undefined || next.indent <= indent)
      throw refusal(line.number, `nothing below ${key}`)
    else entries.set(key, readBlock(lines, next.indent))
  }
  const [line] = lines
  if (line !== undefined && line.indent > indent) throw refusal(line.number, 'too much indent')
  return Object.fromEntries(entries)
}

function keyIn(text: string): string | undefined {
  return /^([A-Za-z_][\w.-]*):(\s|$)/.exec(text)?.[1]
}

function scalar(text: string, number: number): Yaml {
  if (text === '[]') return []
  if (text === '{}') return {}
  const quoted = /^'((?:[^']|'')*)'$/.exec(text)?.[1]
  if (quoted !== undefined) return quoted.replaceAll("''", "'")
  if (/^[[\]{}&*!|>%@`"',?]|: |^- /.test(text)) throw refusal(number, `the value ${text}`)
  return text
}

function refusal(number: number, what: string): Error {
  return new Error(`line ${number} has ${what}, which is not read here`)
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
