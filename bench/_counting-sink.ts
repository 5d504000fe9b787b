import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deadPort } from '../test/_sink.ts'
import { until } from '../test/_until.ts'

/** Postfix's smtp-sink, which takes every mail and counts them. */
export class CountingSink implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess
  readonly #scratch = mkdtempSync(join(tmpdir(), 'mlmmj-bench-'))

  private constructor(port: number) {
    this.port = port
    const path = ['/usr/sbin/smtp-sink', '/usr/bin/smtp-sink'].find(existsSync) ?? 'smtp-sink'
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
    // Into a file: a reader at the other end of a pipe would take time from who is measured.
    const counts = openSync(this.#counts, 'w')
    const stdio = ['ignore', counts, 'ignore'] as const
    this.#child = spawn(path, [...user, '-c', `127.0.0.1:${port}`, '1000'], { stdio: [...stdio] })
    closeSync(counts)
  }

  static async start(): Promise<CountingSink> {
    const sink = new CountingSink(await deadPort())
    await until(() => sink.#answers())
    return sink
  }

  /** Runs something and checks that so many mails arrived meanwhile. */
  async taking<T>(mails: number, run: () => Promise<T>): Promise<T> {
    const before = this.#counted()
    const result = await run()
    const arrived = () => this.#counted() - before
    await until(
      () => arrived() === mails,
      5_000,
      () => `${arrived()} of ${mails} mails`,
    )
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await until(() => this.#child.exitCode !== null || this.#child.signalCode !== null)
    rmSync(this.#scratch, { recursive: true })
  }

  get #counts(): string {
    return join(this.#scratch, 'counts')
  }

  #counted(): number {
    const text = readFileSync(this.#counts, 'latin1')
    return Number(/.*mesg=(\d+)/s.exec(text.slice(-200))?.[1] ?? 0)
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1')
      socket.once('error', () => resolve(false))
      socket.once('data', () => socket.end('QUIT\r\n') && resolve(true))
    })
  }
}
