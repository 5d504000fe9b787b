import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Measured {
  readonly ms: number
  /** The most memory it held, in MB; 0 where the system does not tell. */
  readonly mb: number
}

/** Runs a program to its end and measures it from outside. */
export async function measure(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const began = performance.now()
  const child = spawn(path, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: `${process.env['PATH']}:/usr/sbin`, ...env },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  let mb = 0
  const watch = setInterval(() => (mb = Math.max(mb, memoryOf(child.pid ?? 0))), 40)
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearInterval(watch)
  const ms = performance.now() - began
  if (code !== 0) throw new Error(`${path} ${args.join(' ')} ended with ${String(code)}: ${said}`)
  return { ms, mb }
}

/** The most memory that a process had, in MB; 0 where the system does not tell. */
export function memoryOf(pid: number): number {
  try {
    const [, kb] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kb ?? 0) / 1024
  } catch {
    return 0
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

/** Rows as a Markdown table. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  return [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
