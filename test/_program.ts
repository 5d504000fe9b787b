import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where one implementation's commands are. Tests run in the project's root (scripts/test.mjs). */
export interface House {
  readonly name: 'ours' | 'debian'
  readonly bin: string
}

/** Debian's package mlmmj 1.3.0. */
export const debian: House = { name: 'debian', bin: '/usr/bin' }

const underTest = process.env['MLMMJ_UNDER_TEST'] ?? join(process.cwd(), 'bin')

/**
 * The commands of this project; tests run in its root (scripts/test.mjs). `MLMMJ_UNDER_TEST` puts
 * others in their place, such as `/usr/bin` to try the tests themselves.
 */
export const ours: House = underTest === debian.bin ? debian : { name: 'ours', bin: underTest }

/** Why a test that needs Debian's mlmmj cannot run here; false when it can. CI must have it. */
export const withoutDebian: string | false =
  existsSync('/usr/bin/mlmmj-receive') || process.env['CI'] !== undefined
    ? false
    : "Debian's mlmmj is not installed (apt-get install mlmmj)"

export interface RunOptions {
  readonly stdin?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  /** It is killed after this time, and the test fails by its `signal`. */
  readonly ms?: number
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** How long it ran, milliseconds. */
  readonly took: number
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** Our launchers look for `node`: they shall find the one that runs the tests. */
const searchPath = `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`

/** Starts a program with an environment of its own; `latin1` both ways. */
export function start(path: string, args: readonly string[], options: RunOptions = {}): Running {
  const { stdin = '', env = {}, ms = 20_000, cwd, uid, gid } = options
  const began = Date.now()
  const child = spawn(path, args, {
    env: { PATH: searchPath, LC_ALL: 'C', HOME: '/nonexistent', ...env },
    timeout: ms,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdin.on('error', (thrown: NodeJS.ErrnoException) => {
    // It did not want to read everything: its exit says why.
    if (thrown.code !== 'EPIPE') throw thrown
  })
  child.stdin.end(typeof stdin === 'string' ? Buffer.from(stdin, 'latin1') : stdin)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('latin1')
      const took = Date.now() - began
      resolve({ code, signal, stdout: text(stdout), stderr: text(stderr), took })
    })
  })
  return { child, ended }
}

/** Runs a program to its end. */
export function run(path: string, args: readonly string[], options?: RunOptions): Promise<Ended> {
  return start(path, args, options).ended
}

/** Tries again what waits in requeue/ and queue/ of a list. */
export function deliverPending(house: House, listDir: string): Promise<Ended> {
  return house.name === 'ours'
    ? command(house, 'mlmmj-send', ['-L', listDir, '--pending'])
    : command(house, 'mlmmj-maintd', ['-F', '-L', listDir])
}

/** Runs one of a house's commands, such as `mlmmj-send`. */
export function command(
  house: House,
  name: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<Ended> {
  return run(join(house.bin, name), args, options)
}
