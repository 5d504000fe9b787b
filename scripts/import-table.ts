import { basename, dirname, join } from 'node:path'

const pure = ['list', 'message', 'base']
const all = ['policy', 'compose', 'spool', 'delivery', ...pure]

/** Which room may import which (docs/ARCHITECTURE.md). Whatever is not named here is free. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  message: ['base'],
  list: ['message', 'base'],
  policy: pure,
  compose: pure,
  spool: pure,
  delivery: ['message', 'base'],
  flows: all,
  config: ['message', 'base'],
  app: ['config', 'flows', ...all],
  commands: ['app', 'config', 'flows', 'listener', ...pure],
  listener: ['app', 'commands', 'config', 'flows', ...pure],
  bin: ['commands', 'listener'],
  postfix: ['base'],
}

export function roomOf(path: string): string {
  return (
    path
      .replace(/^src\//, '')
      .split(/[/.]/)
      .find((part) => part !== '') ?? ''
  )
}

/** Every import of `source` that the table forbids, as a line for a person. */
export function* wrongImports(path: string, source: string): Generator<string> {
  const from = roomOf(path)
  const isTest = /\.(test|contract)\.ts$/.test(path)
  // A test may use the scratch lists and sinks of test/, and look into the rooms it plugs together.
  const allowed = isTest ? undefined : mayImport[from]
  for (const [, target = ''] of source.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    const to = roomOf(join(dirname(path), target))
    if (to === from) continue
    if (allowed && !allowed.includes(to)) yield `${path}: ${from} may not import ${to} (${target})`
    if (mayImport[from] && basename(target).startsWith('_'))
      yield `${path}: ${target} is private to ${to}`
  }
  if (!path.startsWith('src/') || isTest) return
  if (from === 'policy' || from === 'compose') {
    for (const [, name] of source.matchAll(/from '(node:[^']+)'/g))
      yield `${path}: ${from} is pure and may not import ${name}`
    if (/\basync\b/.test(source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
      yield `${path}: ${from} is pure and may not be async`
  }
  const launcher = /^(bin|src\/commands\/(main|demo))/.test(path)
  if (!launcher && /\bprocess\.env\b/.test(source)) yield `${path}: process.env is for launchers`
}
