import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../_until.ts'

/** A file system of its own, in memory, that a test fills or makes read-only. */
export class SmallDisk implements AsyncDisposable {
  readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  /** Leaves room for about so many bytes. */
  async fill(left: number): Promise<void> {
    await this.relieve()
    const { bavail, bsize } = await statfs(this.dir)
    await writeFile(this.#ballast, Buffer.alloc(Math.max(0, bavail * bsize - left), 'x'))
  }

  async relieve(): Promise<void> {
    await rm(this.#ballast, { force: true })
  }

  /** Waits for those who have a file open for writing. */
  async readOnly(yes: boolean): Promise<void> {
    await until(() => mount('-o', `remount,${yes ? 'ro' : 'rw'}`, this.dir))
  }

  get #ballast(): string {
    return join(this.dir, '.ballast')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync('umount', ['-l', this.dir])
    await rm(this.dir, { recursive: true, force: true })
  }
}

function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0
}

/** Undefined where we may not mount: then the injected errors of the other tests are all there is. */
export async function smallDisk(bytes: number): Promise<SmallDisk | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-disk-'))
  if (mount('-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', dir)) return new SmallDisk(dir)
  await rm(dir, { recursive: true })
  return undefined
}
