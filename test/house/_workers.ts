import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** A worker program of ours, bundled once; `file` is a path from the checkout's root. */
export function bundleWorker(file: string): { path: string; [Symbol.dispose](): void } {
  // Below build/, so that the bundle finds node_modules.
  const out = resolve(`build/worker-${process.pid}-${Math.random().toString(16).slice(2)}`)
  const script = `import { bundleForChecks } from './scripts/_bundle.mjs'
    await bundleForChecks([${JSON.stringify(file)}], ${JSON.stringify(out)})`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`cannot bundle ${file}`)
  return {
    path: join(out, file.replace(/\.ts$/, '.mjs')),
    [Symbol.dispose]: () => rmSync(out, { recursive: true, force: true }),
  }
}

/** A child process that answers each message with one message. */
export class Worker {
  readonly child: ChildProcess

  constructor(path: string, args: readonly string[] = []) {
    this.child = spawn(process.execPath, [path, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
  }

  /** Sends a message and waits for the next that comes back. */
  async ask(message: object): Promise<unknown> {
    const answer = once(this.child, 'message')
    this.child.send(message)
    return (await answer)[0]
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}

/** A directory that has the folders of a list, removed at the end of the block. */
export function scratchDir(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'mlmmj-ts-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
