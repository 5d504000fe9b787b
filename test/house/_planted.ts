import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What stands in a file that must never be read or written through a list. */
export const secret = 'the-words-of-another-owner'

/** What somebody may plant where a file is expected; `outside` is a directory beside the list. */
export const plants = {
  'a FIFO': async (path: string) => void execFileSync('mkfifo', [path]),
  'a socket': async (path: string) => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(path.slice(0, 100), done))
    // The name stays when the process that listened is killed; here it must be told not to clean up.
    await rename(path.slice(0, 100), `${path}~`)
    await new Promise((done) => server.close(done))
    await rename(`${path}~`, path)
  },
  'a directory': async (path: string) => void (await mkdir(path)),
  'a link to a file of others': async (path: string, outside: string) =>
    await symlink(join(outside, 'secret'), path),
  'a link to nothing': async (path: string, outside: string) =>
    await symlink(join(outside, 'new'), path),
  'a link to itself': async (path: string) => await symlink(path, path),
  'a link to a device without end': async (path: string) => await symlink('/dev/zero', path),
  'a gibibyte of nothing': async (path: string) => {
    await using file = await open(path, 'wx', 0o644)
    await file.truncate(1_073_741_824)
  },
} satisfies Readonly<Record<string, (path: string, outside: string) => Promise<void>>>

export type Plant = keyof typeof plants

/** Replaces a path by a plant for as long as an action takes; what was there comes back. */
export async function whilePlanted<Result>(
  path: string,
  plant: Plant,
  outside: string,
  action: () => Promise<Result>,
): Promise<Result> {
  const aside = join(outside, '..', 'aside')
  await mkdir(dirname(path), { recursive: true })
  const was = await rename(path, aside).then(
    () => true,
    () => false,
  )
  try {
    await plants[plant](path, outside)
    return await action()
  } finally {
    await rm(path, { recursive: true, force: true })
    // What it lay in may have been taken away meanwhile.
    await mkdir(dirname(path), { recursive: true })
    if (was) await rename(aside, path)
  }
}

/** Fails when an action does not end in time; whoever waits at a FIFO is let go then. */
export async function inTime(path: string, ms: number, action: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms)
  })
  // A Fault is an answer as good as any.
  const ended = await Promise.race([action.catch(() => undefined), late])
  clearTimeout(timer)
  if (ended !== 'late') return
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_NONBLOCK))
  } catch {
    // It was no FIFO.
  }
  throw new Error(`no answer within ${ms} ms`)
}

/** Where disks answer at once, if there is such a place. */
export function quickRoom(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
}

/** Makes the directory of somebody else, with the secret in it. */
export async function makeOutside(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'secret'), `${secret}\n`)
}

/** Every name there, and what the secret says now. */
export async function lookOutside(dir: string): Promise<readonly string[]> {
  return [...(await readdir(dir)), await readFile(join(dir, 'secret'), 'utf8')]
}

/** Plain files below a directory that hold the secret; links are not followed. */
export function filesWithSecret(dir: string): string {
  try {
    return execFileSync('grep', ['-rlI', secret, dir]).toString()
  } catch {
    return ''
  }
}
