import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A list directory for one test, removed at the end of its block. */
export async function scratchList(): Promise<ScratchList> {
  const list = new ScratchList(await mkdtemp(join(tmpdir(), 'mlmmj-ts-')))
  for (const name of ['subscribers.d', 'digesters.d', 'nomailsubs.d', 'archive', 'requeue'])
    await mkdir(join(list.dir, name))
  return list
}

export class ScratchList {
  readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true })
    await writeFile(this.path(name), content, 'latin1')
  }

  /** The content as a byte string; undefined when there is no such file. */
  async read(name: string): Promise<string | undefined> {
    return readFile(this.path(name), 'latin1').catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
  }
}
