import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import type { House } from '../flows/house.ts'
import { absentList, namedList, namedListOrPath, namedSpool } from '../listener/named-list.ts'
import { callables, type Callable, type Kind } from './_callable.ts'
import { programName, standardOptions, type Options } from './_command.ts'
import { getopt } from './_getopt.ts'
import type { Output } from './_output.ts'
import { packageRoot } from './_package.ts'
import { run } from './_run.ts'

/** Bytes of output that are kept; a command that writes more is stopped. */
const mostOutput = 16_777_216

/** A command that somebody far away wants to be run. */
export interface Call {
  /** As a person types it: `mlmmj-sub`. */
  readonly program: string
  readonly args: readonly string[]
  /** What it shall read. */
  readonly input: Uint8Array | undefined
}

export interface Called {
  /** The exit code. */
  readonly code: number
  /** What it wrote for its reader and about trouble, as it came. */
  readonly output: string
  /** What the service must look at now. */
  readonly then?: { readonly what: 'changed' | 'stored'; readonly listDir: string }
}

type Site = { readonly house: House; readonly spoolDir: string }
type Checked = Readonly<Record<string, string | boolean | undefined>>

/**
 * Runs a command inside this process for somebody far away. Only what `_callable.ts` lists is taken;
 * each value is checked and the command line is written anew from the checked values.
 *
 * @throws Fault badUsage, noSuchList or spoolTrouble when the command was not run; how it ended, once
 *   it ran, is in the result.
 */
export async function call({ program, args, input }: Call, site: Site): Promise<Called> {
  const callable = callables.find(({ command }) => programName(command) === program)
  if (callable === undefined) throw new Fault('badUsage', `${quoted(program)} cannot be called`)
  const { values, asks } = readArgs(callable, args, program)
  if (asks !== undefined) return await runChecked(callable, [`--${asks}`], undefined, site)

  const checked: Record<string, string | boolean> = {}
  for (const [name, value] of Object.entries(values)) {
    const kind = callable.takes[name]
    if (kind === undefined || value === undefined || value === '' || value === false) continue
    checked[name] = typeof value === 'string' ? valueAs(kind, name, value, site) : value
  }
  const { list } = checked
  if (typeof list === 'string') await mustBeOurs(list, site)
  checkNeeds(callable, checked, program)
  const reads = callable.then === 'stored' || checked['file'] !== undefined
  if (reads && input === undefined)
    throw new Fault('badUsage', `${program} needs something to read: mail is missing`)

  const argv = [
    ...Object.entries(checked).map(([name, value]) =>
      value === true ? `--${name}` : `--${name}=${value}`,
    ),
    ...(callable.always ?? []).map((name) => `--${name}`),
  ]
  const listDir = typeof list === 'string' ? list : madeList(checked, site)
  const { code, output } = await runChecked(callable, argv, input, site)
  const { then: what } = callable
  if (what === undefined || (what === 'stored' && code !== 0)) return { code, output }
  return { code, output, then: { what, listDir } }
}

function readArgs(
  { command, takes, letters = {} }: Callable,
  args: readonly string[],
  program: string,
) {
  const options: Record<string, Options[string]> = { ...standardOptions }
  for (const name of Object.keys(takes)) {
    const option = command.options[name]
    if (option !== undefined) options[name] = option
  }
  for (const letter of Object.keys(letters))
    options[letter] = { type: 'string', short: letter, help: '' }
  const { values, operands, unknown } = getopt(options, args)
  if (unknown[0] !== undefined)
    throw new Fault('badUsage', `${program} does not take -${unknown[0]} from here`)
  const read: Record<string, string | boolean | undefined> = { ...values }
  for (const [letter, name] of Object.entries(letters)) read[name] ??= read[letter]
  const { operand } = command
  const [first, ...more] = operands
  const fills = operand !== undefined && takes[operand] !== undefined && read[operand] === undefined
  if (more.length > 0 || (first !== undefined && !fills))
    throw new Fault(
      'badUsage',
      `${program} does not take ${quoted(operands.at(-1) ?? '')} from here`,
    )
  if (first !== undefined && fills) read[operand] = first
  const asks = read['help'] === true ? 'help' : read['version'] === true ? 'version' : undefined
  return { values: read, asks }
}

function valueAs(kind: Kind, name: string, value: string, { spoolDir }: Site): string {
  const wrong = (what: string) =>
    new Fault('badUsage', `--${name} must be ${what}, and is ${quoted(value)}`)
  switch (kind) {
    case 'flag':
      throw wrong('without a value')
    case 'list':
      return namedListOrPath(spoolDir, value)
    case 'name':
      namedList(spoolDir, value.includes('/') ? '' : value)
      return value
    case 'spool':
      return namedSpool(spoolDir, value)
    case 'language':
      if (!/^[A-Za-z][\w-]*$/.test(value)) throw wrong('the name of a language')
      return value
    case 'input':
      if (value !== '-') throw wrong('-, for what is sent along')
      return value
    case 'cookie':
      if (!/^[0-9a-f]{16}$/.test(value)) throw wrong('16 digits from 0-9 and a-f')
      return value
    case 'text':
      // eslint-disable-next-line no-control-regex
      if (value.length > 1_000 || /[\x00-\x1f\x7f]/.test(value)) throw wrong('one line of text')
      return value
  }
}

/** The list is there, and root need not become somebody else for it: that would be for good. */
async function mustBeOurs(listDir: string, { spoolDir }: Site): Promise<void> {
  const facts = await stat(listDir).catch(() => undefined)
  if (facts === undefined) throw await absentList(spoolDir, listDir)
  if (process.geteuid?.() === 0 && facts.uid !== 0)
    throw new Fault(
      'spoolTrouble',
      `the list belongs to uid ${facts.uid}, and the service runs as root: run it as uid ${facts.uid}`,
    )
}

function checkNeeds({ command, needs = [] }: Callable, checked: Checked, program: string): void {
  const missing = needs
    .filter((name) => checked[name] === undefined)
    .map((name) => {
      const { short } = command.options[name] ?? {}
      return short === undefined ? `--${name}` : `-${short} (--${name})`
    })
  if (missing.length > 0)
    throw new Fault('badUsage', `${program} needs ${missing.join(' and ')} from here`)
}

function madeList({ spool, name }: Checked, { spoolDir }: Site): string {
  return join(typeof spool === 'string' ? spool : spoolDir, typeof name === 'string' ? name : '')
}

async function runChecked(
  { command }: Callable,
  argv: readonly string[],
  input: Uint8Array | undefined,
  { house, spoolDir }: Site,
): Promise<{ code: number; output: string }> {
  const kept = keptOutput()
  const code = await run(command, argv, {
    house,
    spoolDir,
    arrival: { sender: undefined, extension: undefined },
    programDir: join(packageRoot(), 'bin'),
    stdin: one(input),
    stdout: kept.output,
    stderr: kept.output,
  })
  if (kept.cut())
    throw new Fault('busy', `${programName(command)} wrote more than ${mostOutput} bytes`)
  return { code, output: kept.text() }
}

function keptOutput() {
  const chunks: Buffer[] = []
  let bytes = 0
  const output: Output = {
    isTerminal: false,
    async write(chunk) {
      const more = Buffer.from(chunk)
      bytes += more.length
      if (bytes <= mostOutput) chunks.push(more)
      return bytes <= mostOutput
    },
  }
  return {
    output,
    cut: () => bytes > mostOutput,
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}

async function* one(input: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (input !== undefined) yield input
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
