import { dirname, resolve } from 'node:path'
import { openHouse } from '../app.ts'
import { readConfig, type Config } from '../config.ts'
import type { House } from '../flows/house.ts'
import { inputFrom } from './_input.ts'
import { outputTo, type Output } from './_output.ts'

/** A command's surroundings: everything it may touch beside its options. */
export interface Context extends Config {
  readonly house: House
  /** Absolute path of the directory that holds this program and the others. */
  readonly programDir: string
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: Output
  readonly stderr: Output
  /** The network that a far caller is in; undefined for a person with a shell. */
  readonly source?: string
}

/** The surroundings of this process. */
export function contextOf(self: NodeJS.Process, stop?: { readonly signal: AbortSignal }): Context {
  const config = readConfig(self.env)
  return {
    ...config,
    house: openHouse(config, stop),
    // The path as typed, not what a link leads to: that is where the other commands are called.
    programDir: dirname(resolve(self.argv[1] ?? '.')),
    stdin: inputFrom(() => self.stdin),
    stdout: outputTo(1, () => self.stdout),
    stderr: outputTo(2, () => self.stderr),
  }
}
